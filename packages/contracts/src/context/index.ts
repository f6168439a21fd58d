export { currentContext, type HoldfastContext, runWithContext, withDeadline } from './context.ts'
