export { moveBudgets } from './move-budgets.js'
export { BudgetResolver } from './budget.resolver.js'
export { Budgets1765000000102 } from './budgets.migration.js'
export { requireBudget, type Demand } from './require-budget.js'
