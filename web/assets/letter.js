/** Asks for sign-in letters and remembers the last one for the "check your mail" page. */

import { call } from "/assets/api.js";

const KEY = "gatehouse.letter";
const PAUSE_S = 30;

/** Have a link sent to this address. */
export async function requestLetter(email) {
  await call("POST", "/login", { body: { email } });
  remember(email, PAUSE_S);
}

/** Remember the address and that the next letter may be asked for in so many seconds. */
export function remember(email, waitS) {
  sessionStorage.setItem(KEY, JSON.stringify({ email, againAtMs: Date.now() + waitS * 1000 }));
}

/** The last letter of this tab as {email, againAtMs}, or null. */
export function lastLetter() {
  return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
}
