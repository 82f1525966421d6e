/** The sign-in page: takes an address, has a link sent, goes on to "check your mail". */

import { byId, complain, say, whileBusy } from "/assets/dom.js";
import { requestLetter } from "/assets/letter.js";
import { explain, explainAddress, explainField } from "/assets/messages.js";
import { currentSession, takeNotice } from "/assets/session.js";

const form = byId("sign-in");
const email = byId("email");
const send = byId("send");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  whileBusy(send, "Sending the link…", submit);
});
email.addEventListener("input", () => complain(email, ""));

async function submit() {
  const wrong = explainAddress(email);
  complain(email, wrong);
  if (wrong) {
    email.focus();
    return;
  }
  try {
    await requestLetter(email.value.trim());
    location.assign("/check-your-mail");
  } catch (error) {
    complain(email, explainField(error, "email") || explain(error));
    email.focus();
  }
}

/** Someone who is signed in already goes on to their profile. */
async function skipIfSignedIn() {
  try {
    await currentSession();
    location.replace("/profile");
  } catch {
    // Nobody is signed in, or nobody can say: either way this is the right page.
  }
}

const notice = takeNotice();
say(byId("notice"), notice);
send.disabled = false;
if (!notice) {
  skipIfSignedIn();
}
