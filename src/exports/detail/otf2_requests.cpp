#include "exports/detail/otf2_requests.hpp"

#include <utility>

namespace foundation::exports::detail {

void Otf2Requests::begin(std::uint64_t handle, const Record& completion) {
  Request& request = requests_[handle];
  const bool is_shared = request.completion && request.completion->kind == RecordKind::end_send &&
                         completion.kind == RecordKind::end_send;
  if (!is_shared) {
    request = Request{.completion = completion};
    return;
  }
  if (!request.others) request.others = std::make_unique<std::deque<Record>>();
  request.others->push_back(completion);
}

std::optional<Record> Otf2Requests::take(std::uint64_t handle) {
  const auto found = requests_.find(handle);
  if (found == requests_.end()) return std::nullopt;
  Request& request = found->second;
  std::optional<Record> taken = std::exchange(request.completion, std::nullopt);
  if (request.others && !request.others->empty()) {
    request.completion = request.others->front();
    request.others->pop_front();
  } else if (!request.start) {
    requests_.erase(found);
  }
  return taken;
}

void Otf2Requests::prepare(std::uint64_t handle, const Record& start) {
  requests_.insert_or_assign(handle, Request{.start = start});
}

std::optional<Record> Otf2Requests::prepared(std::uint64_t handle) const {
  const auto found = requests_.find(handle);
  return found == requests_.end() ? std::nullopt : found->second.start;
}

void Otf2Requests::begin_again(std::uint64_t handle, const Record& completion) {
  requests_[handle].completion = completion;
}

void Otf2Requests::forget(std::uint64_t handle) {
  const auto found = requests_.find(handle);
  if (found != requests_.end() && found->second.start) requests_.erase(found);
}

}  // namespace foundation::exports::detail
