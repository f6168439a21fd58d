/**
 * The environment of a child: what this process has without any `HOLDFAST_…` variable, so that the passphrase and the
 * place of the key stay here, and over it what is injected.
 */
export const childEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
  injected: ReadonlyMap<string, string>,
): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || name.toUpperCase().startsWith('HOLDFAST_') ? [] : [[name, value]],
    ),
  ),
  ...Object.fromEntries(injected),
})
