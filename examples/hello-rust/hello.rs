//! A module in Rust, over the C interface (tined/module.h) and without any crate.
//!
//!   - {path: /hello, module: {file: hello-rust.so}}
//!
//! Build it with: rustc --edition 2021 --crate-type cdylib -C opt-level=2 hello.rs -o hello-rust.so

use std::os::raw::{c_char, c_int, c_void};
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicPtr, Ordering};

#[repr(C)]
#[derive(Clone, Copy)]
struct Text {
    data: *const u8,
    size: usize,
}

impl Text {
    fn of(text: &str) -> Text {
        Text { data: text.as_ptr(), size: text.len() }
    }

    /// Valid as long as what it was read from.
    unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.data.is_null() { &[] } else { std::slice::from_raw_parts(self.data, self.size) }
    }
}

/// A function that this module does not call.
type Unused = *const c_void;
type Request = c_void;
type Response = c_void;

/// tined_host: members in the order of module.h.
#[repr(C)]
struct Host {
    size: usize,
    abi_major: u32,
    abi_minor: u32,
    settings: [Unused; 10],
    request_method: Unused,
    request_target: Unused,
    request_path: Unused,
    request_query: Unused,
    request_body: Unused,
    request_peer: unsafe extern "C" fn(*const Request) -> Text,
    request_id: Unused,
    request_header: [Unused; 3],
    response_status: Unused,
    response_header: unsafe extern "C" fn(*mut Response, Text, Text),
    response_body: unsafe extern "C" fn(*mut Response, *const c_void, usize),
    response_others: [Unused; 3],
    response_fail: unsafe extern "C" fn(*mut Response, Text),
}

/// tined_module, as of 1.0.
#[repr(C)]
struct Module {
    size: usize,
    abi_major: u32,
    abi_minor: u32,
    name: *const c_char,
    configure: extern "C" fn(*const Host, *mut c_void, *const c_void, *mut *mut c_void) -> c_int,
    start: Unused,
    answer: extern "C" fn(*mut c_void, *const Request, *mut Response),
    stop: Unused,
    destroy: Unused,
}
unsafe impl Sync for Module {}

static HOST: AtomicPtr<Host> = AtomicPtr::new(std::ptr::null_mut());

extern "C" fn configure(
    host: *const Host,
    _context: *mut c_void,
    _settings: *const c_void,
    _self: *mut *mut c_void,
) -> c_int {
    HOST.store(host as *mut Host, Ordering::Release);
    0
}

extern "C" fn answer(_self: *mut c_void, request: *const Request, response: *mut Response) {
    let host = unsafe { &*HOST.load(Ordering::Acquire) };
    // Nothing may be thrown through the interface.
    let made = catch_unwind(|| {
        let peer = unsafe { (host.request_peer)(request).bytes() };
        format!("Hello from Rust, {}\n", String::from_utf8_lossy(peer))
    });
    unsafe {
        match made {
            Ok(text) => {
                let plain = Text::of("text/plain; charset=utf-8");
                (host.response_header)(response, Text::of("Content-Type"), plain);
                (host.response_body)(response, text.as_ptr().cast(), text.len());
            }
            Err(_) => (host.response_fail)(response, Text::of("it panicked")),
        }
    }
}

static MODULE: Module = Module {
    size: std::mem::size_of::<Module>(),
    abi_major: 1,
    abi_minor: 0,
    name: b"hello-rust\0".as_ptr() as *const c_char,
    configure,
    start: std::ptr::null(),
    answer,
    stop: std::ptr::null(),
    destroy: std::ptr::null(),
};

#[no_mangle]
extern "C" fn tined_module_entry() -> *const c_void {
    &MODULE as *const Module as *const c_void
}
