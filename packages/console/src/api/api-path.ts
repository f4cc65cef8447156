/** Where the API is, below `basePath`. */
export const API_PATH = '/api/v1'
