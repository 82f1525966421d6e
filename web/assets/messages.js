/** Turns failures into sentences: what happened, what to do. */

const FALLBACKS = {
  400: "The server did not understand the request. Reload the page and try again.",
  403: "You may not do that. Only administrators can.",
  404: "That person is no longer in the directory.",
  409: "That does not fit what is there already. Reload the page and look again.",
  422: "Something in the form is not right. Check it and try again.",
  502: "The letter could not be sent just now. Wait a moment and try again.",
  503: "The service is not available at the moment. Try again in a minute.",
};

/** Say what an ApiError means; anything else is a fault of this page. */
export function explain(error) {
  if (error.status === 0) {
    return navigator.onLine
      ? "The server could not be reached. Check your connection and try again."
      : "You are offline. Connect to the internet and try again.";
  }
  if (error.status === 429) {
    return error.retryAfterS
      ? `Too many attempts. Try again in ${duration(error.retryAfterS)}.`
      : "Too many attempts. Wait a few minutes and try again.";
  }
  return error.detail || FALLBACKS[error.status] || "Something went wrong on our side. Try again in a minute.";
}

/** The server's complaint about one field of a form, or nothing. */
export function explainField(error, field) {
  const found = error.fields?.find((item) => String(item.field).split(".").at(-1) === field);
  return found ? String(found.message) : "";
}

/** Say what is wrong with an e-mail field, or nothing when it is fine. */
export function explainAddress(input) {
  if (input.value.trim() === "") {
    return "Enter an e-mail address.";
  }
  const [, domain = ""] = input.value.trim().split("@");
  return input.validity.valid && domain.includes(".")
    ? ""
    : "This is not a complete e-mail address. It should look like name@example.com.";
}

/** 45 → "45 seconds", 61 → "2 minutes": never shorter than the wait. */
export function duration(seconds) {
  if (seconds < 60) {
    return seconds === 1 ? "1 second" : `${seconds} seconds`;
  }
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) {
    return minutes === 1 ? "1 minute" : `${minutes} minutes`;
  }
  const hours = Math.ceil(minutes / 60);
  return hours === 1 ? "1 hour" : `${hours} hours`;
}
