// The official Node SDK on a running Gatehouse: nothing of it is changed, only its connection URI.

import { randomBytes } from "node:crypto";
import supertokens from "supertokens-node";
import AccountLinking from "supertokens-node/recipe/accountlinking/index.js";
import EmailPassword from "supertokens-node/recipe/emailpassword/index.js";
import EmailVerification from "supertokens-node/recipe/emailverification/index.js";
import MultiFactorAuth from "supertokens-node/recipe/multifactorauth/index.js";
import Multitenancy from "supertokens-node/recipe/multitenancy/index.js";
import Passwordless from "supertokens-node/recipe/passwordless/index.js";
import Session from "supertokens-node/recipe/session/index.js";
import ThirdParty from "supertokens-node/recipe/thirdparty/index.js";
import Totp from "supertokens-node/recipe/totp/index.js";
import UserMetadata from "supertokens-node/recipe/usermetadata/index.js";
import UserRoles from "supertokens-node/recipe/userroles/index.js";

supertokens.init({
  supertokens: { connectionURI: process.env.CORE_URL, apiKey: process.env.CORE_API_KEY },
  appInfo: { appName: "Walk", apiDomain: "http://127.0.0.1:3000", websiteDomain: "http://127.0.0.1:3000" },
  recipeList: [
    Session.init({ antiCsrf: "VIA_TOKEN", getTokenTransferMethod: () => "header" }),
    EmailPassword.init(),
    Passwordless.init({ contactMethod: "EMAIL_OR_PHONE", flowType: "USER_INPUT_CODE_AND_MAGIC_LINK" }),
    ThirdParty.init(),
    EmailVerification.init({ mode: "OPTIONAL" }),
    UserRoles.init(),
    UserMetadata.init(),
    Totp.init(),
    MultiFactorAuth.init(),
    Multitenancy.init(),
    AccountLinking.init(),
  ],
});

export const unique = () => randomBytes(6).toString("hex");
export const newEmail = () => `${unique()}@example.com`;
export const PASSWORD = "correct horse 9";

/** Sign up somebody with a password. */
export async function person(email = newEmail(), tenantId = "public") {
  const made = await EmailPassword.signUp(tenantId, email, PASSWORD);
  if (made.status !== "OK") throw new Error(made.status);
  return made;
}

export {
  AccountLinking, EmailPassword, EmailVerification, Multitenancy, Passwordless, Session, ThirdParty, Totp,
  UserMetadata, UserRoles, supertokens,
};
