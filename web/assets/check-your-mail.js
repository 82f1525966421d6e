/** "Check your mail": says which address, and sends the letter again after a pause. */

import { byId, say, whileBusy } from "/assets/dom.js";
import { lastLetter, remember, requestLetter } from "/assets/letter.js";
import { explain } from "/assets/messages.js";
import { currentSession } from "/assets/session.js";

const resend = byId("resend");
const letter = lastLetter();

let countdown = 0;

function showCountdown() {
  clearTimeout(countdown);
  const seconds = Math.ceil((lastLetter().againAtMs - Date.now()) / 1000);
  const mustWait = seconds > 0;
  resend.textContent = mustWait ? `Send it again in ${clock(seconds)}` : "Send it again";
  resend.setAttribute("aria-disabled", String(mustWait));
  if (mustWait) {
    countdown = setTimeout(showCountdown, 1000);
  }
}

/** 75 → "1:15". */
function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

async function sendAgain() {
  say(byId("status"), "");
  say(byId("problem"), "");
  try {
    await requestLetter(letter.email);
    say(byId("status"), "Sent. Use the newest letter.");
  } catch (error) {
    remember(letter.email, error.retryAfterS ?? 0);
    say(byId("problem"), explain(error));
  }
}

/** The link may have been opened in another tab of this browser. */
async function leaveIfSignedIn() {
  if (document.visibilityState !== "visible") {
    return;
  }
  try {
    await currentSession();
    location.replace("/profile");
  } catch {
    // Not yet.
  }
}

if (letter) {
  byId("address").textContent = letter.email;
  byId("sent").hidden = false;
  resend.hidden = false;
  resend.addEventListener("click", async () => {
    await whileBusy(resend, "Sending the link…", sendAgain);
    showCountdown();
  });
  showCountdown();
} else {
  byId("unknown").hidden = false;
}
document.addEventListener("visibilitychange", leaveIfSignedIn);
byId("heading").focus();
