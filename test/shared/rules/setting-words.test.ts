import { describe, expect, it } from 'vitest';
import { appSettings } from '../../../shared/rules/app-settings.ts';
import { settingForms, settingsIn } from '../../../shared/rules/setting-words.ts';
import { wantedSpec } from '../../../shared/rules/wanted.ts';

describe('settings in words', () => {
  it('are those of the schema, each with a description and a form', () => {
    expect(settingForms.map(({ name }) => name)).toEqual(Object.keys(appSettings.shape));
    for (const { name, description } of settingForms) expect(description, name).not.toBe('');
    const form = Object.fromEntries(settingForms.map((one) => [one.name, one.form]));
    expect(form).toMatchObject({
      type: 'text',
      workers: 'number',
      tasks: 'number',
      watch_seconds: 'number',
      warm: 'switch',
      memory: 'text',
      python: 'text',
      before: 'list',
      persist: 'list',
      processes: 'map',
      schedules: 'map',
    });
  });

  it('say what is in force', () => {
    const entry = {
      slug: 'shop',
      type: 'flask',
      entry_point: 'app:app',
      memory: '1536M',
      cpu: '50%',
      python: 3.11,
      domain: 'a.example',
      domains: ['b.example'],
      processes: { mail: 'python mail.py' },
    };
    const found = settingsIn(wantedSpec('shop', entry, { settings: {}, requirements: [] }, 8100));
    expect(Object.fromEntries([...found].filter(([, value]) => value !== null))).toEqual({
      ...{ type: 'wsgi', entry_point: 'app:app', processes: 'mail: python mail.py', python: '3.11', workers: '2', memory: '1536M', cpu: '50%' },
      ...{ health_path: '/', check_seconds: '30', watch_seconds: '10', drain_seconds: '30', keep_releases: '5', warm: 'true', domains: 'a.example\nb.example', port: '8100' },
    });
  });
});
