// What Lighthouse says of each page that does not depend on how quick the machine is. (`scripts/lighthouse.sh` prints all.)

import { Inspector, PAGES } from '../../support/lighthouse.js';
import { expect, test } from '../../support/test.js';

test.describe('Lighthouse, on a phone,', () => {
  let inspector;

  test.beforeAll(async ({ server }) => {
    inspector = await Inspector.start(server.url);
  });

  test.afterAll(async () => {
    await inspector?.stop();
  });

  for (const page of PAGES) {
    test(`has nothing to say against accessibility and practices of ${page.path}`, async () => {
      const seen = await inspector.look(page, ['accessibility', 'best-practices']);
      expect(seen.complaints).toEqual([]);
      expect(seen).toMatchObject({ accessibility: 1, bestPractices: 1 });
    });
  }
});
