#include "runtime/wire.hpp"

#include <array>
#include <cstring>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "model/text_request_serialize.hpp"
#include "runtime/archive.hpp"

namespace foundation::runtime {

using campaign::Lease;
using campaign::LeaseId;

namespace {

constexpr std::uint32_t protocol_number = 6;

struct LeaseFrame {
  MessageKind kind = MessageKind::lease;
  model::Split split = model::Split::validation;
  std::uint8_t keep_outputs = 0;
  campaign::Place place = campaign::Place::in_process;
  model::CandidateIndex candidate = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint64_t lease = 0;
};

struct ResultsFrame {
  MessageKind kind = MessageKind::results;
  model::Split split = model::Split::validation;
  std::uint8_t has_outputs = 0;
  std::uint8_t reserved = 0;
  model::CandidateIndex candidate = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint64_t lease = 0;
  std::int64_t busy_ns = 0;
};

struct LeaseIdFrame {
  MessageKind kind = MessageKind::recall;
  std::array<std::uint8_t, 7> reserved{};
  std::uint64_t lease = 0;
};

template <class Content>
struct BudgetFrame {
  MessageKind kind;
  std::array<std::uint8_t, 7> reserved{};
  Content content;
};

struct AwardContent {
  std::uint64_t answers = 0;
  endpoints::Usage most;
  std::uint32_t grants = 0;
  std::uint32_t spent = 0;
};

struct SettlementContent {
  endpoints::Usage used;
  std::uint64_t was_sent = 0;
};

struct SamplingFrame {
  MessageKind kind = MessageKind::sampling;
  std::array<std::uint8_t, 3> reserved{};
  std::uint32_t cores = 0;
  std::int64_t interval_ns = 0;
};

static_assert(std::is_trivially_copyable_v<LeaseFrame> && sizeof(LeaseFrame) == 24);
static_assert(std::is_trivially_copyable_v<ResultsFrame> && sizeof(ResultsFrame) == 32);

[[noreturn]] void malformed(const char* what) {
  throw core::Error{core::ErrorKind::corrupt_data, fmt::format("a {} message is malformed", what)};
}

template <class Frame>
void put(const Frame& frame, Bytes& bytes) {
  bytes.resize(sizeof frame);
  std::memcpy(bytes.data(), &frame, sizeof frame);
}

template <class Frame>
Frame get(std::span<const std::byte> message, const char* what) {
  if (message.size() < sizeof(Frame)) malformed(what);
  Frame frame;
  std::memcpy(&frame, message.data(), sizeof frame);
  return frame;
}

template <class Content>
void put_budget(MessageKind kind, const Content& content, Bytes& bytes) {
  static_assert(std::is_trivially_copyable_v<Content> &&
                sizeof(BudgetFrame<Content>) == 8 + sizeof(Content));
  put(BudgetFrame<Content>{.kind = kind, .content = content}, bytes);
}

template <class Content>
Content get_budget(std::span<const std::byte> message, const char* what) {
  if (message.size() != sizeof(BudgetFrame<Content>)) malformed(what);
  return get<BudgetFrame<Content>>(message, what).content;
}

template <class T>
void pack_archive(MessageKind kind, const T& value, Bytes& bytes) {
  bytes.assign(1, static_cast<std::byte>(kind));
  save_archive(value, bytes);
}

template <class T>
T unpack_archive(std::span<const std::byte> message) {
  T value;
  load_archive(message.subspan(1), value);
  return value;
}

}  // namespace

// Version 14 of clang-format takes `archive & value` for a reference.
// clang-format off
template <class Archive>
void serialize(Archive& archive, GrantMessage& grant, unsigned /*version*/) {
  archive & grant.most.prompt_tokens & grant.most.completion_tokens & grant.is_granted;
  archive & grant.reason;
}
template <class Archive>
void serialize(Archive& archive, Hello& hello, unsigned /*version*/) {
  archive & hello.protocol & hello.cell_bytes & hello.description;
}
// clang-format on

Hello make_hello(campaign::WorkerRecord description) {
  return {protocol_number, sizeof(model::CellResult), std::move(description)};
}

void require_same_protocol(const Hello& hello, int rank) {
  if (hello.protocol == protocol_number && hello.cell_bytes == sizeof(model::CellResult)) return;
  throw core::Error{core::ErrorKind::infrastructure,
                    fmt::format("rank {} speaks protocol {}, this rank {}", rank, hello.protocol,
                                protocol_number),
                    "start the same executable on every node"};
}

MessageKind kind_of(std::span<const std::byte> message) {
  if (message.empty() || message.front() > static_cast<std::byte>(MessageKind::settlement))
    malformed("(unknown)");
  return static_cast<MessageKind>(message.front());
}

void pack(const Hello& hello, Bytes& bytes) { pack_archive(MessageKind::hello, hello, bytes); }

void pack(const model::Candidate& candidate, Bytes& bytes) {
  pack_archive(MessageKind::candidate, candidate, bytes);
}

void pack(const model::NumberedRequest& request, Bytes& bytes) {
  pack_archive(MessageKind::request, request, bytes);
}

void pack(const Lease& lease, Bytes& bytes) {
  put(LeaseFrame{.split = lease.range.split,
                 .keep_outputs = static_cast<std::uint8_t>(lease.keep_outputs ? 1 : 0),
                 .place = lease.place,
                 .candidate = lease.range.candidate,
                 .begin = lease.range.begin,
                 .end = lease.range.end,
                 .lease = static_cast<std::uint64_t>(lease.id)},
      bytes);
}

void pack(const SamplingOrder& order, Bytes& bytes) {
  put(SamplingFrame{.cores = order.cores, .interval_ns = order.interval.count()}, bytes);
}

void pack(const cluster::NodeSample& sample, Bytes& bytes) {
  pack_archive(MessageKind::sample, sample, bytes);
}

void pack(const ResultsMessage& results, Bytes& bytes) {
  const std::size_t cell_bytes = results.cells.size() * sizeof(model::CellResult);
  put(ResultsFrame{.split = results.range.split,
                   .has_outputs = static_cast<std::uint8_t>(results.outputs.empty() ? 0 : 1),
                   .candidate = results.range.candidate,
                   .begin = results.range.begin,
                   .end = results.range.end,
                   .lease = static_cast<std::uint64_t>(results.lease),
                   .busy_ns = results.busy_ns},
      bytes);
  bytes.resize(sizeof(ResultsFrame) + cell_bytes);
  if (cell_bytes != 0)
    std::memcpy(bytes.data() + sizeof(ResultsFrame), results.cells.data(), cell_bytes);
  if (results.outputs.empty()) return;
  core::Encoder texts;
  for (const std::string& output : results.outputs) texts << output;
  bytes.insert(bytes.end(), texts.bytes().begin(), texts.bytes().end());
}

void pack(MessageKind kind, LeaseId lease, Bytes& bytes) {
  put(LeaseIdFrame{.kind = kind, .lease = static_cast<std::uint64_t>(lease)}, bytes);
}

void pack(MessageKind kind, Bytes& bytes) { bytes.assign(1, static_cast<std::byte>(kind)); }

void pack(Leave leave, Bytes& bytes) {
  bytes = {static_cast<std::byte>(MessageKind::leave), static_cast<std::byte>(leave)};
}

void pack(const endpoints::BudgetReport& report, Bytes& bytes) {
  put_budget(MessageKind::report, report, bytes);
}

void pack(const endpoints::Award& award, Bytes& bytes) {
  put_budget(MessageKind::award,
             AwardContent{.answers = award.answers,
                          .most = award.most,
                          .grants = award.grants,
                          .spent = static_cast<std::uint32_t>(award.spent)},
             bytes);
}

void pack(const endpoints::Demand& demand, Bytes& bytes) {
  put_budget(MessageKind::demand, demand, bytes);
}

void pack(const GrantMessage& grant, Bytes& bytes) {
  pack_archive(MessageKind::grant, grant, bytes);
}

void pack(const Settlement& settlement, Bytes& bytes) {
  put_budget(MessageKind::settlement,
             SettlementContent{.used = settlement.used, .was_sent = settlement.was_sent ? 1U : 0U},
             bytes);
}

Hello unpack_hello(std::span<const std::byte> message) { return unpack_archive<Hello>(message); }

model::Candidate unpack_candidate(std::span<const std::byte> message) {
  return unpack_archive<model::Candidate>(message);
}

model::NumberedRequest unpack_request(std::span<const std::byte> message) {
  return unpack_archive<model::NumberedRequest>(message);
}

Lease unpack_lease(std::span<const std::byte> message) {
  const auto frame = get<LeaseFrame>(message, "lease");
  if (frame.begin >= frame.end || !model::is_known(frame.split) ||
      frame.place > campaign::Place::in_child)
    malformed("lease");
  return {LeaseId{frame.lease},
          {frame.candidate, frame.split, frame.begin, frame.end},
          frame.keep_outputs != 0,
          frame.place};
}

SamplingOrder unpack_sampling(std::span<const std::byte> message) {
  const auto frame = get<SamplingFrame>(message, "sampling");
  if (frame.interval_ns <= 0) malformed("sampling");
  return {.cores = frame.cores, .interval = core::Duration{frame.interval_ns}};
}

cluster::NodeSample unpack_sample(std::span<const std::byte> message) {
  return unpack_archive<cluster::NodeSample>(message);
}

Leave unpack_leave(std::span<const std::byte> message) {
  if (message.size() != 2 || message[1] > static_cast<std::byte>(Leave::at_once))
    malformed("leave");
  return static_cast<Leave>(message[1]);
}

LeaseId unpack_lease_id(std::span<const std::byte> message) {
  return LeaseId{get<LeaseIdFrame>(message, "recall").lease};
}

endpoints::BudgetReport unpack_report(std::span<const std::byte> message) {
  return get_budget<endpoints::BudgetReport>(message, "report");
}

endpoints::Award unpack_award(std::span<const std::byte> message) {
  const auto content = get_budget<AwardContent>(message, "award");
  if (content.spent > static_cast<std::uint32_t>(endpoints::Spent::cost)) malformed("award");
  return {.answers = content.answers,
          .grants = content.grants,
          .most = content.most,
          .spent = static_cast<endpoints::Spent>(content.spent)};
}

endpoints::Demand unpack_demand(std::span<const std::byte> message) {
  return get_budget<endpoints::Demand>(message, "demand");
}

GrantMessage unpack_grant(std::span<const std::byte> message) {
  return unpack_archive<GrantMessage>(message);
}

Settlement unpack_settlement(std::span<const std::byte> message) {
  const auto content = get_budget<SettlementContent>(message, "settlement");
  return {.was_sent = content.was_sent != 0, .used = content.used};
}

void unpack_results(std::span<const std::byte> message, ResultsMessage& results) {
  const auto frame = get<ResultsFrame>(message, "results");
  if (frame.begin >= frame.end || !model::is_known(frame.split)) malformed("results");
  results.lease = LeaseId{frame.lease};
  results.range = {frame.candidate, frame.split, frame.begin, frame.end};
  results.busy_ns = frame.busy_ns;
  auto rest = message.subspan(sizeof frame);
  const std::size_t count = results.range.size();
  if (count > rest.size() / sizeof(model::CellResult)) malformed("results");
  results.cells.resize(count);
  std::memcpy(results.cells.data(), rest.data(), count * sizeof(model::CellResult));
  results.outputs.clear();
  core::Decoder texts{rest.subspan(count * sizeof(model::CellResult))};
  if (frame.has_outputs != 0) {
    results.outputs.resize(count);
    for (std::string& output : results.outputs) texts >> output;
  }
  texts.finish();
}

}  // namespace foundation::runtime
