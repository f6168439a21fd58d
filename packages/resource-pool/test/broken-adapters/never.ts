/** Never settles. */
export const never = (): Promise<never> => new Promise(() => {})
