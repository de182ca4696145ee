import type { CDPSession, Page } from '@playwright/test';

/** What an authenticator is: where it sits, whether it keeps passkeys, whether it checks who touches it. */
export interface Make {
  transport: 'usb' | 'internal';
  passkeys: boolean;
  verifies: boolean;
}

/** A key without PIN that is plugged in. */
export const USB: Make = { transport: 'usb', passkeys: false, verifies: false };
/** What is built into a device: it keeps passkeys and checks a finger. */
export const BUILT_IN: Make = { transport: 'internal', passkeys: true, verifies: true };
/** A key that is plugged in, keeps passkeys and checks a PIN. */
export const USB_WITH_PIN: Make = { transport: 'usb', passkeys: true, verifies: true };

/** The authenticators within reach of a page, over Chromium's DevTools protocol. No window of the browser's opens. */
export class Keys {
  private constructor(private readonly cdp: CDPSession) {}

  static async of(page: Page): Promise<Keys> {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable', { enableUI: false });
    return new Keys(cdp);
  }

  /** Plugs one in. It answers as soon as it is asked, until it is let go of. */
  async plugIn(make: Make): Promise<Key> {
    const { authenticatorId } = await this.cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: make.transport,
        hasResidentKey: make.passkeys,
        hasUserVerification: make.verifies,
        isUserVerified: make.verifies,
        automaticPresenceSimulation: true,
      },
    });
    return new Key(this.cdp, authenticatorId);
  }
}

/** One authenticator. */
export class Key {
  constructor(
    private readonly cdp: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  private get id() {
    return { authenticatorId: this.authenticatorId };
  }

  /** Whether somebody touches it when it is asked. */
  async touched(enabled: boolean): Promise<void> {
    await this.cdp.send('WebAuthn.setAutomaticPresenceSimulation', { ...this.id, enabled });
  }

  /** Whether the finger is the right one. */
  async knowsItsUser(isUserVerified: boolean): Promise<void> {
    await this.cdp.send('WebAuthn.setUserVerified', { ...this.id, isUserVerified });
  }

  /** Takes it away, with everything on it. */
  async pullOut(): Promise<void> {
    await this.cdp.send('WebAuthn.removeVirtualAuthenticator', this.id);
  }

  /** How many credentials it holds. */
  async count(): Promise<number> {
    return (await this.cdp.send('WebAuthn.getCredentials', this.id)).credentials.length;
  }
}

/** Makes every prompt end after so many milliseconds, which browsers otherwise leave open for minutes. */
export async function promptsEndAfter(page: Page, timeout: number): Promise<void> {
  await page.route('**/options', async (route) => {
    const response = await route.fetch();
    const json = (await response.json()) as { publicKey: { timeout: number } };
    json.publicKey.timeout = timeout;
    await route.fulfill({ response, json });
  });
}
