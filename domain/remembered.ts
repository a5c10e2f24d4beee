/**
 * A pure function of a text that remembers its answers, for questions that come again and again.
 *
 * At most `limit` answers are kept and the oldest is forgotten first; texts longer than `longest` are
 * answered and not kept, so that strangers cannot fill the memory. What throws is asked again.
 */
export function remembered<V>(
  limit: number,
  longest: number,
  make: (text: string) => V,
): (text: string) => V {
  const answers = new Map<string, V>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = make(text);
    if (text.length > longest) return answer;
    const oldest = answers.keys().next().value;
    if (oldest !== undefined && answers.size >= limit) answers.delete(oldest);
    answers.set(text, answer);
    return answer;
  };
}
