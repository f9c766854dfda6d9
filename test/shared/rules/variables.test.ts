import { expect, it } from 'vitest';
import { looksSecret, variableValueRule } from '../../../shared/rules/variables.ts';

it.each(['SECRET_KEY', 'STRIPE_API_KEY', 'DB_PASSWORD', 'db_pass', 'GITHUB_TOKEN', 'SENTRY_DSN', 'AWS_SECRET_ACCESS_KEY', 'APIKEY', 'PGPASSWORD', 'SMTP_AUTH', 'JWT_SIGNING_KEY'])(
  '%s is a secret where nobody says otherwise',
  (name) => expect(looksSecret(name)).toBe(true),
);

it.each(['DEBUG', 'KEYBOARD', 'MONKEY', 'TOKEN_LIFETIME', 'PASSWORD_MIN_LENGTH', 'STRIPE_PUBLISHABLE_KEY', 'AUTHOR', 'CACHE_KEY_PREFIX', 'TLS_KEY_FILE', 'COMPASS'])(
  '%s is none',
  (name) => expect(looksSecret(name, 'x')).toBe(false),
);

it.each([
  ['postgres://shop:pw@db/shop', true],
  ['redis://:pw@cache:6379/0', true],
  ['postgres://db/shop', false],
  ['https://shop.example/a:b@c', false],
  ['-----BEGIN RSA PRIVATE KEY-----\nabc', true],
])('an address or text is one by what it holds: %s', (value, secret) => expect(looksSecret('SETTING', value)).toBe(secret));

it('a value has a largest size in bytes, not in characters', () => {
  expect(variableValueRule('é'.repeat(50_000))).toBeNull();
  expect(variableValueRule('é'.repeat(50_001))).toBe('the value has 100002 bytes; 100000 are the most');
});
