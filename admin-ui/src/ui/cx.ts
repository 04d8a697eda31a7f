type ClassValue = string | false | null | undefined

/** Joins the class names that apply. */
export const cx = (...classes: ClassValue[]): string => classes.filter(Boolean).join(' ')
