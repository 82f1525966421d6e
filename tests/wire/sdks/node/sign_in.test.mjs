// Sign-up and sign-in by every recipe.

import assert from "node:assert/strict";
import test from "node:test";
import {
  EmailPassword, EmailVerification, PASSWORD, Passwordless, ThirdParty, hasFactors, newEmail, person,
} from "./sdk.mjs";

test("password", async () => {
  const email = newEmail();
  const made = await person(email);
  assert.equal((await EmailPassword.signUp("public", email, PASSWORD)).status, "EMAIL_ALREADY_EXISTS_ERROR");
  const signedIn = await EmailPassword.signIn("public", email.toUpperCase(), PASSWORD);
  assert.equal(signedIn.status, "OK");
  assert.equal(signedIn.user.id, made.user.id);
  assert.equal((await EmailPassword.signIn("public", email, "wrong")).status, "WRONG_CREDENTIALS_ERROR");
});

test("password reset", async () => {
  const email = newEmail();
  const made = await person(email);
  const made_token = await EmailPassword.createResetPasswordToken("public", made.user.id, email);
  assert.equal(made_token.status, "OK");
  const reset = await EmailPassword.resetPasswordUsingToken("public", made_token.token, "another horse 10");
  assert.equal(reset.status, "OK");
  assert.equal((await EmailPassword.signIn("public", email, "another horse 10")).status, "OK");
  const again = await EmailPassword.consumePasswordResetToken("public", made_token.token);
  assert.equal(again.status, "RESET_PASSWORD_INVALID_TOKEN_ERROR");
});

test("address change", async () => {
  const [taken, wanted] = [newEmail(), newEmail()];
  await person(taken);
  const made = await person();
  const change = (email) => EmailPassword.updateEmailOrPassword({ recipeUserId: made.recipeUserId, email });
  assert.equal((await change(taken)).status, "EMAIL_ALREADY_EXISTS_ERROR");
  assert.equal((await change(wanted)).status, "OK");
  assert.equal((await EmailPassword.signIn("public", wanted, PASSWORD)).status, "OK");
});

test("e-mail verification", async () => {
  const email = newEmail();
  const { recipeUserId } = await person(email);
  const made = await EmailVerification.createEmailVerificationToken("public", recipeUserId, email);
  assert.equal(made.status, "OK");
  assert.equal(await EmailVerification.isEmailVerified(recipeUserId, email), false);
  assert.equal((await EmailVerification.verifyEmailUsingToken("public", made.token)).status, "OK");
  assert.equal(await EmailVerification.isEmailVerified(recipeUserId, email), true);
  const again = await EmailVerification.createEmailVerificationToken("public", recipeUserId, email);
  assert.equal(again.status, "EMAIL_ALREADY_VERIFIED_ERROR");
  await EmailVerification.revokeEmailVerificationTokens("public", recipeUserId, email);
  await EmailVerification.unverifyEmail(recipeUserId, email);
  assert.equal(await EmailVerification.isEmailVerified(recipeUserId, email), false);
});

test("link and code by mail", async () => {
  const email = newEmail();
  const code = await Passwordless.createCode({ tenantId: "public", email });
  const { preAuthSessionId, deviceId, linkCode } = code;
  const use = (how) => Passwordless.consumeCode({ tenantId: "public", preAuthSessionId, ...how });
  const wrong = await use({ deviceId, userInputCode: "wrong" });
  assert.equal(wrong.status, "INCORRECT_USER_INPUT_CODE_ERROR");
  assert.equal(wrong.failedCodeInputAttemptCount, 1);
  if (hasFactors) {
    const checked = await Passwordless.checkCode({ tenantId: "public", preAuthSessionId, linkCode });
    assert.equal(checked.status, "OK");
  }
  const used = await use({ linkCode });
  assert.equal(used.status, "OK");
  assert.equal(used.createdNewRecipeUser, true);
  assert.equal(used.user.loginMethods[0].verified, true);
  assert.equal((await use({ linkCode })).status, "RESTART_FLOW_ERROR");
});

test("code by phone", async () => {
  const made = await Passwordless.createCode({ tenantId: "public", phoneNumber: "+1 (415) 555-0192" });
  const resent = await Passwordless.createNewCodeForDevice({
    tenantId: "public", deviceId: made.deviceId, userInputCode: "424242",
  });
  assert.equal(resent.status, "OK");
  const used = await Passwordless.consumeCode({
    tenantId: "public", preAuthSessionId: made.preAuthSessionId, deviceId: made.deviceId, userInputCode: "424242",
  });
  assert.equal(used.status, "OK");
  assert.deepEqual(used.user.phoneNumbers, ["+14155550192"]);
  await Passwordless.revokeAllCodes({ tenantId: "public", phoneNumber: "+14155550192" });
});

test("third party", async () => {
  const email = newEmail();
  const arrive = (address) => ThirdParty.manuallyCreateOrUpdateUser("public", "github", email, address, true);
  const first = await arrive(email);
  assert.equal(first.createdNewRecipeUser, true);
  const again = await arrive(`new-${email}`);
  assert.equal(again.createdNewRecipeUser, false);
  assert.deepEqual(again.user.emails, [`new-${email}`]);
});
