#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>

#include "analysis/collective_matcher.hpp"
#include "analysis/envelope.hpp"
#include "analysis/message_matcher.hpp"

namespace foundation::analysis {

struct PendingSend {
  MessageMatcher::Handle handle = 0;
};
struct PendingReceive {
  MessageMatcher::Handle handle = 0;
  std::uint32_t communicator = 0;  ///< of the process: what `complete` names is a rank of it
};
struct PendingCollective {
  CollectiveMatcher::Handle handle;
};
/// Of anything else: memory of other ranks, files, messages to nobody.
struct PendingOther {};
using Pending = std::variant<PendingOther, PendingSend, PendingReceive, PendingCollective>;

/// A persistent request that is not under way: what each start of it begins.
struct Prepared {
  Envelope envelope;
  std::uint32_t communicator = 0;  ///< of the process
  std::uint64_t bytes = 0;
  bool is_send = false;
};

/// The requests of one process, by the bits of their handles.
///
/// One handle may stand for several of them: a library may give what is complete from the start
/// one handle for all, and it uses a handle again as soon as a call has completed it, which may be
/// before that call's thread has come to record so. A thread completes what it has begun itself,
/// the latest first; what another one has begun, the oldest first.
///
/// `Pending` is what a request is for, `Prepared` what is kept of a persistent one. Memory is that
/// of what is under way. Local, one thread.
template <class Pending, class Prepared>
class RequestsOf {
 public:
  void prepare(std::uint64_t bits, const Prepared& prepared) {
    requests_[bits].prepared = prepared;
  }
  /// What a start of it begins; nullptr if it is no persistent request. Until it is forgotten.
  [[nodiscard]] Prepared* prepared(std::uint64_t bits) {
    const auto found = requests_.find(bits);
    return found != requests_.end() && found->second.prepared ? &*found->second.prepared : nullptr;
  }

  /// What was begun last under a handle; nullptr if nothing is under way.
  [[nodiscard]] const Pending* latest(std::uint64_t bits) const {
    const auto found = requests_.find(bits);
    return found != requests_.end() && found->second.latest ? &found->second.latest->pending
                                                            : nullptr;
  }

  /// A thread (stream) has begun one in this window. Those of other windows are forgotten: their
  /// end was not recorded.
  void begin(std::uint64_t bits, const Pending& pending, std::uint32_t stream,
             std::uint32_t window) {
    Request& it = requests_[bits];
    if (it.latest && it.latest->window == window) {
      if (!it.earlier) it.earlier = std::make_unique<std::deque<Open>>();
      it.earlier->push_back(*it.latest);
    } else {
      it.earlier.reset();
    }
    it.latest = Open{pending, stream, window};
  }

  struct Ended {
    bool known = false;  ///< it was seen to begin, or is persistent
    std::optional<Pending> pending{};
  };
  /// A thread has completed one.
  Ended complete(std::uint64_t bits, std::uint32_t stream) {
    const auto found = requests_.find(bits);
    if (found == requests_.end()) return {};
    const Ended ended{true, take(found->second, stream)};
    if (!found->second.latest && !found->second.prepared) requests_.erase(found);
    return ended;
  }
  /// A thread has freed one: a persistent request is none any more.
  std::optional<Pending> free(std::uint64_t bits, std::uint32_t stream) {
    const auto found = requests_.find(bits);
    if (found == requests_.end()) return std::nullopt;
    found->second.prepared.reset();
    return complete(bits, stream).pending;
  }

 private:
  struct Open {
    Pending pending;
    std::uint32_t stream = 0;
    std::uint32_t window = 0;
  };
  struct Request {
    std::optional<Prepared> prepared{};
    std::optional<Open> latest{};
    std::unique_ptr<std::deque<Open>> earlier{};  ///< rarely any; the oldest first
  };
  /// So many of the earlier ones are looked through for the thread's own.
  static constexpr std::ptrdiff_t searched = 64;

  static std::optional<Pending> take(Request& request, std::uint32_t stream) {
    if (!request.latest) return std::nullopt;
    Pending taken = request.latest->pending;
    if (!request.earlier) {
      request.latest.reset();
      return taken;
    }
    std::deque<Open>& earlier = *request.earlier;
    if (request.latest->stream == stream) {
      request.latest = std::move(earlier.back());
      earlier.pop_back();
    } else {
      const auto end = earlier.rbegin() + std::min(searched, std::ssize(earlier));
      const auto own = std::find_if(earlier.rbegin(), end,
                                    [stream](const Open& it) { return it.stream == stream; });
      const auto chosen = own == end ? earlier.begin() : std::prev(own.base());
      taken = chosen->pending;
      earlier.erase(chosen);
    }
    if (earlier.empty()) request.earlier.reset();
    return taken;
  }

  std::unordered_map<std::uint64_t, Request> requests_;
};
using RequestTable = RequestsOf<Pending, Prepared>;

}  // namespace foundation::analysis
