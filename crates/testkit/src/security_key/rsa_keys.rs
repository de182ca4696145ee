//! Two fixed RSA keys of 2048 bits: making one takes seconds in a debug build. They guard nothing.

use data_encoding::BASE64;

/// The public exponent of both keys.
pub(super) const EXPONENT: [u8; 3] = [1, 0, 1];

/// An RSA key, in base64.
pub(super) struct RsaKey {
    /// The private key, PKCS #1 DER.
    private: &'static str,
}

impl RsaKey {
    /// The private key, PKCS #1 DER.
    pub(super) fn private_der(&self) -> Vec<u8> {
        BASE64.decode(self.private.as_bytes()).unwrap()
    }

    /// The modulus, big-endian, 256 bytes.
    pub(super) fn modulus(&self) -> Vec<u8> {
        // After the head of the sequence (4 bytes), the version (3) and the modulus' own head and sign (5).
        self.private_der()[12..268].to_vec()
    }
}

/// The key of every RS256 credential.
pub(super) static CREDENTIAL: RsaKey = RsaKey {
    private: "MIIEowIBAAKCAQEArXLlZfEnj5acAD59EsS6mvVBl/+keGxlkT3r7QGj7Fdo8Coe+riU9IVpDEexRFKL4PEpoxgyiH1UlEU\
         LhUF4E9DfVsfhdGqyT0sHRaFIYoklKI+A85vXqxYt41wdfkmdgMclt0C0vf94gf6z2RprybaYPKkWGZGEPY1tcbBPyYPWqy\
         oasCfivZbT+VPlszrRefOA1ebk5HACWuras1m8EoK9FrlUaCY3K2tog4laze6DZbfQLPNQmQUO5K5asgNrjYtAHvR7HOwdp\
         kb8BHXZX6DbsH8+mK+5IO1tQgVcP8TEYpVC6yYF5XvgoC175kE+dhP2dqaTvTT/aCuYPtf3GwIDAQABAoIBAAPBaBwj85JV\
         VX1f3P9qCQxP4SK0Y1BEMJLLf287SNxWLCx/DPqqwnbk6JheeQUcsHCnaBpi7L0t0YYAVLaG612qeRt86nHF2aSD4F1ul42\
         ioI5XRRiBOFM5ALdaiDzyxRlDtppYKVGv1WEjLau2uby9WmB93L+i+fUHOeZrRd78Faa1ElOqrOwahoNAYu571/acRVhfcf\
         XpASMEWy1PN9WX2kB9ABslp+OD4MeiSuRPWYQIZSrcre/QJatSa6AqaYy7PeVeaqndPQmKpmjccsp1m2nuPrp9Orb1jN/Jw\
         +9vGp8a06uFXtQ73E4fQJQMpMguqp2a44Tyw9R9mUVSLCkCgYEA34y4izwPSsnQGhsp31Iq7vdzidqkhBmKqbITF6yQWxCC\
         CSTycM78oJtXjKR4x17606hgfnF2M54HQu1p9RtHnyGmF76AwPdILoxXYM7LYqUePVTdATr68MG9VKirbgaz4HydiPaNrp0\
         b3x9FhlV7pd2HsGZt41iQdABq8laIN4UCgYEAxqBjTUpr1g1+c4x1Crt8xWHNupvcYxLiobihPk5WbsDAUy8SAySpT6Geij\
         v2UmCn8j3O5OZF8cYd0o5u+5VIkZUQ4kSc2sAWguVQIj5Z4kTP2z00ywjr83Sb1IYc0mdshyFr80M++bjTXscqOSoUSOL50\
         XhoHTWBOXQflgvFph8CgYBuzszmzzVxR8msNwyxUoRPgT629TaY+CQga1FFadcAHJWoPLUjr6XPYlCqORhZEr5Xzd1Or6T8\
         fvdweEgOI6CDw2UV3erqO2h/Ejd5l+d+lQQBOKB3rKmYTyAu55BZ8F6XBo37xuKBzAR1u4V1yceJdt58VLlheJPZvB9G0he\
         hFQKBgCbmVGxXreTfAavZjzaJ33a8n9DzI2dX1IC9qv6L0wufvkrMRifNb0dELMt/0M7zVRDxH+reWkZueXq6IGwvIWY5nn\
         Ph4iJJSl9aT6ZVNb9FoLucMhGtbqBgbwBhP5XJYYzZc83RlqzLkMHYGaHWZuCbazel8CYAS42X+3OkXJIbAoGBANYPreLN8\
         bC0qcu5OrpL55fcjzgvsRhmDwbSFsTuYUl3MERB8a7ZoaiIpy/XabwdYjBFu9uw/+SYsapsOm+h5VykT1IQfzncIcREVe8g\
         HB5POxXHVe+v1KRdGuV/iQ8MaQBefwGRVozUWPqES9GZtkEMEKHmXM25jMLHm4FqS3CS",
};

/// The key of somebody else.
pub(super) static STRANGER: RsaKey = RsaKey {
    private: "MIIEowIBAAKCAQEA2K8KjD9FqpjzIeQ5mUYHVwsWn83I7GBRlv5jtWwUSZnOCvXEvlqxI2Zx7v17ijA0uv0QnH8tgjLkqNF\
         Hp+SB1mPtA3QqydZww6qZ/du8GyY/520c7HthR/vuwPWPbIBYxIY7p/pL1IjIYdnkI3vRTwawkNXSzrJbt6oK0P3O2m3rBM\
         J0hY10mCmdmoIe7SSo/SD9AXGUpsFzVFV14a4fAyesnw05YiqB1fKNfrDG1JSBPR97SRcQSZJ/u24yD8zfwfhmkb8lNXT9L\
         +NHxCmDDilNHHVt3yqfDMQlIEuuLTaduiU3xlFsgFGSoSBicJrXjEH3bNhTgBKLenyNMafQMQIDAQABAoIBAANvavxkOGeG\
         +zvLUXpzmMQxgc9QxOGyeTiqmcwThZLRJGoaEV9vMqW8Bwxh6mZ7cyqPvoasoX0R73wZrUglIEXU2boXSmJeyvTfLIfQxv+\
         rMJIrsayyHA23GcbnXbm7oyyicCmulyssa/jZKnvBh8T39y6kpS3vt/KGeJttmqztz7c6PWcPEptQYNwGWe0TNB3kryjiFs\
         b3B6JxCuDSMW0YPMuv2lTbNC8j57SXgOnkylDs9DOe9ODLmyYRO5C/ST5O6/mo+3F7CjSZOQIi4EDU6AblejT/vCFmFlfe3\
         RXGhNRg9IaUZaVcd4kgFXDcoTtzYPVuU6ECtuJxGk5Rp8ECgYEA7Kr0e7+o2RTWMFWNm46HZD3DmO1RHhV5emC5SB+VvIoK\
         uA4reUZ2WmtjpcqPgSFb1vjui7hs9n1f0n8l8pjCTShiiTvnDAnNGBRNxiEtXFxwEslPpI414gFIkPFQLPVDHRVfOaHU7zP\
         GKoWZR8f33JP5/sh+g009sYefll/jpNkCgYEA6mIxW7+durWX4Xdpzqj+DYg46XuMtl6Sey0ZRDae2mT97+c0iH7eB8sfFO\
         rG9/02JkVbSJ3uOmHiXfpm5A8Z2egks41K5BUdgC03+Ypf1+vVGtXbWdSLAUMdB0ImYz9wxC4Q60j4nWOtbxtgCO6YHbDsd\
         ZvnOhBAjMo2OEFkDxkCgYAgO9B8okf++QWLI7vbuffawUbIp1nq/QXEkzPpDNQ6D5sSImvtYplwCzxRMluFPOPjTZg/02iT\
         0dOhOcwTVJbyJ1P0WQJI83TJmMpW9+HTuItTI7QDN5NDKuWVSCihVu5DIcwMb2wvACA3XmbYDfZGRqk/+FKy02xZp50mv/y\
         jUQKBgQDnyJcbLlEjFPXPyDFgZ4plg3MUolOy/a9KFH1KEeHiA8GD/1baLOwRNPPV0Z9WGpf0HN5634N5RNeBLGGX4r8j2Q\
         iCb5XCHIeB/DXAlvDVLKkf0qELIr8cTmxkgyxHNbOkrhGZPB5wNuSKXb4I1zqjEhWk8Lonl27eTBJ2a2Qx8QKBgH2rdCqoL\
         /0yTJEuorYdvyrXAn+rPveS4SVHRd+hUmIQXUxYLfc05RZBFmbl085Ow1RrypLWtRblcFt+cjH7TSiKjbVW5Or/0goWH9aY\
         VuYr+N7vGEcdPUiHMyDqJ4e45zDETt5r+Z2uBkZKenOlyHCAFQDQmS1yWKl7panZxUpl",
};
