#include "runtime/child_budget.hpp"

#include "core/error.hpp"
#include "runtime/child_frames.hpp"

namespace foundation::runtime {

using endpoints::Demand;
using endpoints::Grant;
using endpoints::Usage;

namespace {

template <class Message>
void send(int channel, const Message& message) {
  Bytes bytes;
  pack(message, bytes);
  send_frame(channel, bytes);
}

}  // namespace

Grant ChildBudget::ask(const Demand& demand, const endpoints::Patience& /*patience*/) {
  send(channel_, demand);
  const auto answer = receive_frame(channel_);
  if (!answer)
    throw core::Error{core::ErrorKind::infrastructure,
                      "the process that these cells are evaluated for is gone"};
  GrantMessage message = unpack_grant(*answer);
  const auto kind = message.is_granted ? Grant::Kind::granted : Grant::Kind::spent;
  return {.kind = kind, .most = message.most, .reason = std::move(message.reason)};
}

void ChildBudget::settle(const Grant& /*grant*/, const Usage& used) {
  send(channel_, Settlement{.was_sent = true, .used = used});
}

void ChildBudget::hand_back(const Grant& /*grant*/) { send(channel_, Settlement{}); }

}  // namespace foundation::runtime
