// What is shipped: the Debian package, the unit, the image of a container. The pages of docs/ are tried line by line.

import { expect, test } from '@playwright/test';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeAt, stepAfter } from '../../support/authenticator.js';
import { Installed, blocks, canInstall, laterVersion, makePackage, projectFile, tree } from '../../support/installed.js';
import { Agent, enrol, told } from '../../support/person.js';
import { freePort, program, temporaryFolder } from '../../support/server.js';

/** systemd's own measure of a unit, where 100 is open to all and 0 to nobody. */
const MOST_EXPOSED = 20;

let deb;
let machine;

test.beforeAll(() => {
  if (canInstall) deb = makePackage();
});

test.beforeEach(async () => {
  machine = await Installed.make();
});

test.afterEach(() => {
  machine.remove();
});

/** Waits for the server of a unit that was started. */
async function answers(url) {
  await expect
    .poll(() => fetch(`${url}/readyz`).then(({ status }) => status, () => 0), { intervals: [50], timeout: 20_000 })
    .toBe(200);
}

test('the package installs, its server starts as the unit says, and settings outlive the next version', async () => {
  test.skip(!canInstall, 'only root installs packages');
  machine.install(deb);
  const { uid, gid } = machine.user;
  const about = (path) => {
    const { mode, uid: owner, gid: group } = statSync(machine.path(path));
    return { mode: (mode & 0o777).toString(8), owner, group };
  };
  expect(about('etc/twofold/twofold.toml'), 'passwords may be in it').toEqual({ mode: '640', owner: 0, group: gid });
  expect(about('var/lib/twofold')).toEqual({ mode: '700', owner: uid, group: gid });
  for (const path of ['usr/share/man/man1', 'usr/share/bash-completion/completions', 'usr/share/doc/twofold']) {
    expect(tree(machine.path(path)).length, path).toBeGreaterThan(0);
  }

  machine.configure();
  machine.run('systemctl start twofold');
  await answers(machine.url);
  expect(about('var/lib/twofold/keys')).toEqual({ mode: '600', owner: uid, group: gid });
  const settings = machine.read('etc/twofold/twofold.toml');
  machine.install(laterVersion(deb, machine.folder));
  await answers(machine.url);
  expect(machine.read('etc/twofold/twofold.toml')).toBe(settings);

  machine.run('systemctl stop twofold; dpkg --purge twofold');
  expect(tree(machine.path('usr')), 'nothing of it is left').toEqual([]);
  expect(about('var/lib/twofold/twofold.sqlite').owner, 'but what people have').toBe(uid);
});

test('the unit is one, and lets the server do little', () => {
  // What it starts is there once the package is.
  const unit = join(machine.folder, 'twofold.service');
  const text = readFileSync(projectFile('packaging/twofold.service'), 'utf8');
  writeFileSync(unit, text.replace('/usr/bin/twofold', '/usr/bin/env').replace(/^Documentation=.*\n/m, ''));
  execFileSync('systemd-analyze', ['verify', unit], { stdio: 'pipe' });
  execFileSync('systemd-analyze', ['security', '--offline=true', `--threshold=${MOST_EXPOSED}`, unit], { stdio: 'pipe' });
  writeFileSync(unit, text.replace('ProtectSystem=', 'ProtectSistem='));
  expect(() => execFileSync('systemd-analyze', ['verify', unit], { stdio: 'pipe' }), 'it would find a mistake').toThrow();
});

test('the image of a container has the program and what it needs, and runs it as nobody', async () => {
  test.skip(!canInstall, 'only root changes what the root is');
  const dockerfile = readFileSync(projectFile('Dockerfile'), 'utf8');
  const [, build] = dockerfile.match(/^RUN (packaging\/root\.sh .*)$/m);
  const image = join(machine.folder, 'image');
  execFileSync('sh', ['-eu', '-c', build.replace('target/release/twofold', program).replace('/image', image)], {
    cwd: projectFile('.'),
  });
  const files = tree(image);
  expect(files.filter((file) => /(^|\/)(sh|bash|apt|dpkg|busybox)$/.test(file)), 'no shell').toEqual([]);
  expect(files.length, 'nothing else').toBeLessThan(16);

  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM scratch\n'));
  const instruction = (name) => [...last.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, value]) => value);
  const [user] = instruction('USER');
  expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  const port = await freePort();
  const environment = Object.fromEntries(instruction('ENV').map((line) => line.split(/=(.*)/s)));
  expect(environment.TWOFOLD_LISTEN).toBe('0.0.0.0:8787');
  const command = [...JSON.parse(instruction('ENTRYPOINT')[0]), ...JSON.parse(instruction('CMD')[0])];
  const server = spawn('/usr/sbin/chroot', [`--userspec=${user}`, image, ...command], {
    env: { ...environment, TWOFOLD_LISTEN: `127.0.0.1:${port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const closed = once(server, 'close');
  await answers(`http://127.0.0.1:${port}`);
  expect(String(statSync(join(image, 'data', 'twofold.sqlite')).uid)).toBe(user.split(':')[0]);
  server.kill(instruction('STOPSIGNAL')[0]);
  expect((await closed)[0], said).toBe(0);
});

test('docs/upgrade.md does what it says', async () => {
  test.skip(!canInstall, 'only root installs packages');
  copyFileSync(deb, join(machine.folder, 'twofold_old.deb'));
  copyFileSync(laterVersion(deb, machine.folder), join(machine.folder, 'twofold_new.deb'));
  machine.install(deb);
  machine.configure();
  machine.run('systemctl start twofold');
  await answers(machine.url);
  const [look, install, see, back, ...more] = blocks('upgrade.md');
  expect(more).toEqual([]);
  machine.run(look.lines);
  expect(machine.run(install.lines)).toContain('active');
  expect(machine.read('var/lib/dpkg/status')).toContain('Version: 99.0');
  machine.run(see.lines);
  machine.run(back.lines);
  expect(machine.read('var/lib/dpkg/status')).not.toContain('Version: 99.0');
});

test('docs/disaster-recovery.md does what it says', async () => {
  test.skip(!canInstall, 'only root installs packages');
  machine.install(deb);
  machine.configure();
  const toml = machine.path('etc/twofold/twofold.toml');
  const url = `http://localhost:${machine.port}`;
  writeFileSync(toml, `${readFileSync(toml, 'utf8')}TWOFOLD_PUBLIC_URL = "${url}"\n`);
  machine.run('systemctl start twofold');
  await answers(machine.url);
  const person = await enrol(url);
  const data = machine.path('var/lib/twofold');
  let step = person.step;
  const signsIn = async () => {
    const agent = await Agent.at(url);
    step = await stepAfter(step);
    expect(await told(await agent.signInWith(person.email, 'totp', codeAt(person.secret, step)))).toBe('200');
    await agent.close();
  };
  const of = (heading) => {
    const found = blocks('disaster-recovery.md').filter((block) => block.heading === heading);
    expect(found.length, heading).toBeGreaterThan(0);
    return found.map(({ lines }) => lines);
  };

  for (const lines of of('Before it happens')) machine.run(lines);

  for (const file of tree(data)) writeFileSync(join(data, file), 'damaged');
  for (const lines of of('The machine is gone, or the database is damaged')) machine.run(lines);
  await signsIn();

  machine.run('systemctl stop twofold');
  rmSync(join(data, 'keys'));
  machine.run('systemctl start twofold');
  await expect.poll(() => readFileSync(join(machine.folder, 'log'), 'utf8')).toContain('does not open the stored secrets');
  for (const lines of of('The keys are gone')) machine.run(lines);
  await signsIn();

  const [leave, arrive, ...more] = of('To another server');
  expect(more).toEqual([]);
  machine.run(leave);
  machine.run('systemctl stop twofold');
  for (const file of tree(data)) rmSync(join(data, file));
  machine.run('systemctl start twofold');
  await answers(machine.url);
  machine.run(arrive);
  await signsIn();
});

test('every block of commands of the pages is run by a test', () => {
  const headings = (page) => new Set(blocks(page).map(({ heading }) => heading));
  expect(headings('upgrade.md')).toEqual(new Set(['To a new version', 'Back to the version before']));
  expect(headings('disaster-recovery.md')).toEqual(
    new Set([
      'Before it happens',
      'The machine is gone, or the database is damaged',
      'The keys are gone',
      'To another server',
    ]),
  );
});

test('whatever asks for tools asks for tools that there are', () => {
  const project = projectFile('.');
  const scripts = readdirSync(join(project, 'scripts')).filter((name) => name.endsWith('.sh') && name !== 'tools.sh');
  const asking = [projectFile('Makefile'), ...scripts.map((name) => join(project, 'scripts', name))];
  const asked = asking.flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/^\s*@?scripts\/tools\.sh (\w+)$/gm)].map(([, set]) => set));
  const tools = readFileSync(projectFile('scripts/tools.sh'), 'utf8');
  const known = [...tools.matchAll(/^(\w+)\)$/gm)].map(([, set]) => set);
  expect(asked.length).toBeGreaterThan(6);
  expect([...new Set(asked)].filter((set) => !known.includes(set))).toEqual([]);
});
