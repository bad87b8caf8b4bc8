/** Tells all listeners, whatever one of them does. What one throws goes to `report`. */
export function tellEach<News>(
  listeners: Iterable<(news: News) => void>,
  news: News,
  report: (error: unknown) => void,
): void {
  for (const listener of listeners)
    try {
      listener(news)
    } catch (error) {
      report(error)
    }
}
