// The functions with which a handler could end its worker as if that were all right (exit, _exit,
// quick_exit and their kin, those that put another program in its place, and those that close every
// descriptor it has): this program has its own, which modules find before the C library's, and
// which note who called them. Any thread.
//
// A handler that calls one of them ends its worker at once, without handlers of exit being run:
// they would take apart what other threads use. An exec, or close_range(2) over descriptors that
// the handler cannot know, would close every client's connection before anybody could carry them
// on: each ends the worker in its place. From code that handles no request, and in processes that
// handlers fork, each does what it always does.
#pragma once

namespace tined::backends {

/// Links them in. What they note goes where InstallCrashHandler said.
void NoteExits() noexcept;

}  // namespace tined::backends
