import { appSpec } from './spec.ts';

/** The settings that differ between two specs, by name, their values as JSON; none where one of them is not known. */
export function differences(before: unknown, after: unknown): { name: string; before: string; after: string }[] {
  const [old, now] = [appSpec.safeParse(before), appSpec.safeParse(after)];
  if (!old.success || !now.success) return [];
  const [was, is] = [old.data, now.data] as Record<string, unknown>[];
  return Object.keys({ ...was, ...is })
    .map((name) => ({ name, before: JSON.stringify(was?.[name]) ?? 'null', after: JSON.stringify(is?.[name]) ?? 'null' }))
    .filter(({ before, after }) => before !== after);
}
