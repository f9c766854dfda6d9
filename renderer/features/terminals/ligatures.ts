/** Signs that fonts for programs draw as one. */
const joined = /<!--|-->|<=>|<->|<-|->|=>|==>|<==|===|!==|==|!=|<=|>=|>>|<<|\|\||&&|::|:=|\+\+|--|\*\*|\/\/|\/\*|\*\/|\.\.\.?|\?\?|\?\.|\|>|<\||#\{|~~/g;

/** The ranges of a line that are drawn as one, as xterm wants them. */
export const ligatures = (line: string): [number, number][] => [...line.matchAll(joined)].map(({ index, 0: found }) => [index, index + found.length]);
