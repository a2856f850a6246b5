// The step-up of the app, and what it asks of the API.

import { button } from './app.js';

export const CREATE = 'POST /v1/me/totp';
export const VERIFY = 'POST /v1/me/totp/attempt_verification';
export const REMOVE = 'DELETE /v1/me/totp';
export const GENERATE = 'POST /v1/me/backup_codes';
export const BEGIN = 'POST /v1/client/sessions/SESSION/verify';
export const PASSWORD = `${BEGIN}/attempt_first_factor`;
export const CODE = `${BEGIN}/attempt_second_factor`;

/** Every change that the page asks the API for from now on, in the order in which it was sent. */
export function changesOf(page) {
  const changes = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/v1/') && request.method() !== 'GET') {
      changes.push(`${request.method()} ${pathname.replace(/sess_[^/]+/, 'SESSION')}`);
    }
  });
  return changes;
}

export function stepUp(page) {
  return page.getByRole('dialog', { name: "Confirm that it's you", exact: true });
}

/** The ways to give up the step-up. */
export const CANCELS = [
  ['the button', (page) => button(stepUp(page), 'Cancel').click()],
  ['Esc', (page) => page.keyboard.press('Escape')],
];
