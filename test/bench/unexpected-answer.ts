/** A function answered otherwise than a measurement needs, as one does that hits a time limit of its own on a busy machine. */
export class UnexpectedAnswer extends Error {}

/** Measures once more, and says so, where the answer was an unexpected one. Throws what the second measurement throws. */
export async function againIfUnexpected<T>(measure: () => Promise<T>): Promise<T> {
  try {
    return await measure()
  } catch (error) {
    if (!(error instanceof UnexpectedAnswer)) throw error
    console.warn(`${error.message} This is measured once more.`)
    return measure()
  }
}
