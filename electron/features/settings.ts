import type { Handlers } from '../dispatch.ts';
import type { Looks, Settings } from '../store/settings.ts';

export interface SettingsParts {
  home: string;
  settings: Settings;
  /** The keyring, as far as it may be named: what secrets are kept in, or why in nothing. */
  keyring(): { name: string | null; reason: string | null };
  recovered: readonly string[];
  /** Told after a change, and what was found at the first look. */
  onLooks(looks: Looks): void;
}

export function settingsFeature({ home, settings, keyring, recovered, onLooks }: SettingsParts): Handlers<'settings'> {
  return {
    async get() {
      const looks = await settings.get();
      onLooks(looks);
      return { ...looks, keyring: keyring(), home, recovered: [...recovered] };
    },
    async set(change) {
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<Looks>;
      onLooks(await settings.set(given));
      return {};
    },
  };
}
