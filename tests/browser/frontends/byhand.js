// supertokens-web-js, which has no pages: a form calls it.
import SuperTokens from "supertokens-web-js";
import EmailPassword from "supertokens-web-js/recipe/emailpassword";
import EmailVerification from "supertokens-web-js/recipe/emailverification";
import Session from "supertokens-web-js/recipe/session";
import { showForm } from "./form.js";

const API = "http://127.0.0.1:3000";

SuperTokens.init({
  appInfo: { appName: "Gatehouse", apiDomain: API, apiBasePath: "/auth" },
  recipeList: [
    EmailPassword.init(),
    EmailVerification.init(),
    Session.init({ tokenTransferMethod: new URLSearchParams(location.search).get("travels") ?? "cookie" }),
  ],
});

showForm(
  {
    signUp: EmailPassword.signUp,
    signIn: EmailPassword.signIn,
    signOut: Session.signOut,
    doesSessionExist: Session.doesSessionExist,
    getUserId: Session.getUserId,
  },
  API,
);
