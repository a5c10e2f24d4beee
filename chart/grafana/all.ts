import { board, type BoardWish } from './boards.ts';
import { COMPONENT } from './component.ts';
import { FLEET } from './fleet.ts';
import { QUALITY } from './quality.ts';
import type { Language } from './query.ts';
import { SYSTEM } from './system.ts';

const LANGUAGES: readonly Language[] = ['flux', 'influxql'];
const BOARDS: readonly BoardWish[] = [FLEET, COMPONENT, QUALITY, SYSTEM];

/** Every board in both languages, by the file that holds it. */
export const allBoards = () =>
  LANGUAGES.flatMap((language) =>
    BOARDS.map((wish) => ({
      file: `${language}/${wish.uid.replace('self-scaling-', '')}.json`,
      language,
      json: board(wish, language),
    })),
  );
