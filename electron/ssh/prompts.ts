/** What a server wants to know by one of its prompts. `other` is not answered. */
export type PromptKind = 'password' | 'code' | 'other';

const codes = /code|token|otp|verif|factor|passcode|2fa|mfa|duo|pin\b|yubi|push|authenticat/i;
const passwords = /pass ?wor[dt]|passwd|mot de passe|contrase|senha|kennwort|salasana|парол|パスワード|密码|암호/i;
const changes = /\b(new|retype|re-enter|repeat|again|neues|nouveau)\b/i;

/**
 * Judges a prompt by its words. The only prompt of a first round, hidden, without words that speak of a code, is PAM's for
 * the password in whatever language. A new password is never given: what was kept would become it.
 */
export function promptKind(prompt: string, facts: { hidden: boolean; alone: boolean }): PromptKind {
  if (facts.hidden && changes.test(prompt) && passwords.test(prompt)) return 'other';
  // "one-time password" is a code.
  if (codes.test(prompt) || /one.?time/i.test(prompt)) return 'code';
  if (facts.hidden && (passwords.test(prompt) || facts.alone)) return 'password';
  return 'code';
}
