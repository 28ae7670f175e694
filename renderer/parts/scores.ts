/** 24576 as 24k, as long as nothing is lost. */
export const tokensText = (tokens: number) =>
  tokens >= 1024 && tokens % 1024 === 0 ? `${tokens / 1024}k` : `${tokens}`;

/** From red through amber to green, light enough for dark text in both themes. */
export const colorOf = (score: number) => `hsl(${Math.round(score * 140)} 62% 66%)`;
