#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "campaign/liveness.hpp"
#include "messaging/liveness_client.hpp"
#include "runtime/setup.hpp"
#include "runtime/worker_host.hpp"

namespace foundation::runtime {

/// A worker's sign of life: a thread of its own that beats whatever the evaluations do, over a
/// TCP connection to rank 0 or, where there is none, over MPI through the worker host.
///
/// It ends the process, with a line on the log and nothing else, when the coordinator is gone:
/// its connection has ended, or it is silent for three times the time limit (it may wait for a
/// slow disk, and to leave it costs the whole session). That is also how a worker that was
/// declared lost, and comes back, is kept from going on.
///
/// Make it after MPI, before the threads of the slots; it outlives none of what it is given.
class Pulse {
 public:
  /// Connects to rank 0. Throws core::Error{infrastructure} when that fails and `setup` insists.
  /// `end_with_session`: a second after the session is over the process ends, whatever it does.
  Pulse(const WatchSetup& setup, std::uint32_t rank, bool end_with_session);
  /// Stops the thread; the end of the connection is no alarm for rank 0 after a farewell.
  ~Pulse();
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  /// From now on beats go through `worker` where there is no connection, and it reports its node.
  void attach(WorkerHost& worker);

 private:
  void run();
  /// Waits for an interval or a sign of the coordinator. False: the session is over.
  [[nodiscard]] bool listen();
  [[nodiscard]] bool listen_to_connection();
  [[nodiscard]] bool listen_to_worker();
  void beat();
  void await_end();

  core::Duration interval_;
  bool end_with_session_;
  campaign::Liveness coordinator_;
  std::optional<messaging::LivenessClient> connection_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;             ///< by mutex_
  WorkerHost* worker_ = nullptr;  ///< by mutex_
  std::uint64_t messages_ = 0;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace foundation::runtime
