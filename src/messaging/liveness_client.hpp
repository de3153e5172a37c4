#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "messaging/endpoint.hpp"
#include "messaging/handshake.hpp"

namespace foundation::messaging {

/// A rank's end of its liveness connection to rank 0. Local, one thread (but `wake`), no MPI.
class LivenessClient {
 public:
  /// Tries each endpoint in turn, again and again within `limit`, and proves who this rank is.
  /// A server that has accepted the connection gets ten seconds to answer.
  /// Throws core::Error{infrastructure} with what was tried.
  LivenessClient(const std::vector<Endpoint>& endpoints, const SessionKey& key, std::uint32_t rank,
                 core::Duration limit);
  ~LivenessClient();
  LivenessClient(LivenessClient&&) noexcept;
  LivenessClient& operator=(LivenessClient&&) noexcept;

  enum class Heard : std::uint8_t {
    nothing,
    beat,
    leave,  ///< the session is over
    gone,   ///< the connection has ended; see `end`
  };
  /// Waits for something to come, at most this long, or until `wake`.
  [[nodiscard]] Heard wait(core::Duration span);
  /// Shows that this process is alive. An error shows in the next `wait`.
  void beat() noexcept;
  /// Ends a `wait` in another thread, or the next one.
  void wake() noexcept;
  /// How the connection ended.
  [[nodiscard]] const std::string& end() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace foundation::messaging
