// A real provider that gives its one client a token that Baton takes: node provider.mjs PORT
import { Provider } from 'oidc-provider';

const issuer = `http://127.0.0.1:${process.argv[2]}`;
const provider = new Provider(issuer, {
  clients: [{ client_id: 'ann', client_secret: 'secret', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:baton',
      getResourceServerInfo: () => ({ scope: 'api', audience: 'baton', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
    },
  },
  extraTokenClaims: () => ({ groups: ['cad'] }),
});
provider.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
