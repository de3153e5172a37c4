#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "runtime/setup.hpp"
#include "runtime/wire.hpp"
#include "targets.hpp"

namespace foundation::fuzz {
namespace {

using runtime::Bytes;
using runtime::MessageKind;

template <class Message>
Bytes packed(const Message& message) {
  Bytes bytes;
  runtime::pack(message, bytes);
  return bytes;
}

/// What was understood must be understood the same way when sent on.
template <class Unpack>
void check(Input message, const Unpack& unpack) {
  const Bytes once = packed(unpack(message));
  require(packed(unpack(once)) == once, "a message means something else when sent again");
}

runtime::ResultsMessage unpack_results(Input message) {
  runtime::ResultsMessage results;
  runtime::unpack_results(message, results);
  require(results.cells.size() == results.range.size(), "results for other cells than named");
  require(results.outputs.empty() || results.outputs.size() == results.cells.size(),
          "another number of outputs than of cells");
  return results;
}

/// Whatever it says, the book stays consistent. It may say that more was used than there was.
void check_report(const endpoints::BudgetReport& report, Input message) {
  constexpr std::uint64_t tokens = 1000;
  check(message, runtime::unpack_report);
  endpoints::GrantBook book{{.tokens = tokens}};
  book.report(1, report);
  for (const auto& it : book.serve({}))
    require(it.award.grants * endpoints::total_of(it.award.most) <= tokens,
            "more grants than there are tokens for");
  const std::uint64_t most = std::max(tokens, endpoints::total_of(report.used));
  require(endpoints::total_of(book.used_at_most()) <= most, "more is set aside than there is");
}

void check_message(Input message) {
  switch (runtime::kind_of(message)) {
    case MessageKind::hello: return check(message, runtime::unpack_hello);
    case MessageKind::candidate: return check(message, runtime::unpack_candidate);
    case MessageKind::lease: return check(message, runtime::unpack_lease);
    case MessageKind::request: return check(message, runtime::unpack_request);
    case MessageKind::results: return check(message, unpack_results);
    case MessageKind::recall:
    case MessageKind::returned: (void)runtime::unpack_lease_id(message); return;
    case MessageKind::sampling: return check(message, runtime::unpack_sampling);
    case MessageKind::sample: return check(message, runtime::unpack_sample);
    case MessageKind::leave: return check(message, runtime::unpack_leave);
    case MessageKind::report: return check_report(runtime::unpack_report(message), message);
    case MessageKind::award: return check(message, runtime::unpack_award);
    case MessageKind::demand: return check(message, runtime::unpack_demand);
    case MessageKind::grant: return check(message, runtime::unpack_grant);
    case MessageKind::settlement: return check(message, runtime::unpack_settlement);
    case MessageKind::dismiss:
    case MessageKind::heartbeat:
    case MessageKind::farewell: return;
  }
}

template <class Check>
void unless_refused(const Check& check) {
  try {
    check();
  } catch (const core::Error& error) {
    require(error.kind() == core::ErrorKind::corrupt_data, "refused with another kind of error");
  }
}

}  // namespace

void read_message(Input input) {
  unless_refused([input] { check_message(input); });
}

void read_setup(Input input) {
  unless_refused([input] {
    const Bytes once = pack_setup(runtime::unpack_setup({input.begin(), input.end()}));
    require(pack_setup(runtime::unpack_setup(once)) == once, "a setup means another one");
  });
}

}  // namespace foundation::fuzz
