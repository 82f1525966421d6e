/** Who is signed in, and the ways out. Notes for the next page travel in sessionStorage. */

import { call } from "/assets/api.js";

const NOTICE = "gatehouse.notice";
const NOTICES = {
  ended: "Your session has ended. Sign in again to go on.",
  out: "You are signed out.",
  everywhere: "You are signed out on all your devices.",
};

/** The signed-in person and the session; rejects with an ApiError of status 401 when there is none. */
export async function currentSession() {
  const { data } = await call("GET", "/session");
  return data;
}

/** Go to the sign-in page if the failure means that nobody is signed in; say whether it did. */
export function leaveIfSignedOut(error) {
  if (error.status !== 401) {
    return false;
  }
  leave("ended");
  return true;
}

/** End this session, or all sessions of this person, and go to the sign-in page. */
export async function signOut({ everywhere = false } = {}) {
  await call("POST", "/logout", { body: { everywhere } });
  leave(everywhere ? "everywhere" : "out");
}

/** Take the note that the last page left, or nothing. */
export function takeNotice() {
  const code = sessionStorage.getItem(NOTICE);
  sessionStorage.removeItem(NOTICE);
  return NOTICES[code] ?? "";
}

function leave(code) {
  sessionStorage.setItem(NOTICE, code);
  location.replace("/");
}
