//! An address that leads to a server, until it does not: what a server that is restarted looks like from outside.

use std::sync::{Arc, Mutex};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

/// An address of its own that leads to another.
pub struct Wire {
    /// `127.0.0.1:PORT`.
    pub address: String,
    target: String,
    going: Mutex<Option<AbortHandle>>,
}

impl Wire {
    pub async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let wire = Self { address, target: target.to_owned(), going: Mutex::default() };
        wire.listen(listener);
        wire
    }

    /// Breaks every connection and refuses new ones.
    pub fn cut(&self) {
        if let Some(going) = self.going.lock().unwrap().take() {
            going.abort();
        }
    }

    /// Leads on again.
    pub async fn mend(&self) {
        // The listener of before goes with its task, which ends in a moment.
        let listener = loop {
            match TcpListener::bind(&self.address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        self.listen(listener);
    }

    fn listen(&self, listener: TcpListener) {
        let target: Arc<str> = self.target.as_str().into();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let target = Arc::clone(&target);
                connections.spawn(async move {
                    let mut far = TcpStream::connect(&*target).await?;
                    copy_bidirectional(&mut near, &mut far).await
                });
            }
        });
        *self.going.lock().unwrap() = Some(task.abort_handle());
    }
}
