#include "runtime/wire.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "runtime/setup.hpp"

namespace foundation::runtime {
namespace {

using campaign::Lease;
using campaign::LeaseId;
using model::CellResult;
using model::CellStatus;
using model::Split;

constexpr std::size_t begin_offset = 8;  // in a lease and in results
constexpr std::size_t split_offset = 1;

model::Candidate some_candidate() {
  model::Candidate candidate;
  candidate.index = 3;
  candidate.parent = 1;
  candidate.origin = "random";
  candidate.assignment.set("a", 0.1);
  candidate.assignment.set("b", std::int64_t{-7});
  candidate.assignment.set("c", true);
  candidate.assignment.set("d", std::string{"naive_bayes"});
  candidate.assignment.set("e", model::Demonstrations{{4, 2, 9}});
  return candidate;
}

Lease some_lease() { return {LeaseId{1'234'567'890'123}, {7, Split::test, 100, 164}, true}; }

ResultsMessage some_results(bool with_outputs) {
  ResultsMessage results{.lease = LeaseId{42},
                         .range = {7, Split::train, 10, 13},
                         .busy_ns = 123'456'789'012,
                         .cells = {},
                         .outputs = {}};
  for (const CellStatus status : {CellStatus::ok, CellStatus::wrong, CellStatus::crashed}) {
    CellResult cell;
    cell.score = status == CellStatus::ok ? 1.0 : 0.25;
    cell.output = 0xFEDCBA9876543210;
    cell.cost = 0.125;
    cell.duration_us = 17;
    cell.status = status;
    cell.attempts = 2;
    results.cells.push_back(cell);
  }
  if (with_outputs) results.outputs = {"yes", "", std::string("no\0pe", 5)};
  return results;
}

template <class T>
Bytes packed(const T& value) {
  Bytes bytes{std::byte{99}};  // earlier content is replaced
  pack(value, bytes);
  return bytes;
}

/// Every message that is cut short is refused.
template <class Unpack>
void expect_prefixes_refused(const Bytes& message, std::size_t shortest, const Unpack& unpack) {
  for (std::size_t length = shortest; length < message.size(); ++length) {
    try {
      unpack(std::span{message}.first(length));
      ADD_FAILURE() << length << " of " << message.size() << " bytes were accepted";
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::corrupt_data) << error.what();
    }
  }
}

TEST(Wire, hello_travels_whole) {
  const Hello hello =
      make_hello({.worker = 3, .host = "node17", .pid = 4711, .slots = 32, .reason = {}, .at = 5});
  const Bytes message = packed(hello);
  EXPECT_EQ(kind_of(message), MessageKind::hello);
  const Hello back = unpack_hello(message);
  EXPECT_EQ(back.description.host, "node17");
  EXPECT_EQ(back.description.pid, 4711);
  EXPECT_EQ(back.description.slots, 32U);
  EXPECT_NO_THROW(require_same_protocol(back, 1));
  expect_prefixes_refused(message, 1, [](auto bytes) { (void)unpack_hello(bytes); });
}

TEST(Wire, another_protocol_is_refused_with_the_rank) {
  Hello other = make_hello({});
  other.protocol += 1;
  Hello wider = make_hello({});
  wider.cell_bytes += 8;
  for (const Hello& hello : {other, wider}) {
    try {
      require_same_protocol(hello, 5);
      ADD_FAILURE() << "was accepted";
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::infrastructure);
      EXPECT_NE(std::string{error.what()}.find("rank 5"), std::string::npos);
      EXPECT_FALSE(error.hint().empty());
    }
  }
}

TEST(Wire, what_is_said_of_the_budget_travels_whole) {
  const endpoints::BudgetReport report{.number = 7,
                                       .needed = 5,
                                       .wanted = 9,
                                       .each = {{1, 2}, {3, 4}},
                                       .closed = 4,
                                       .unused = 1,
                                       .released = {12, 16},
                                       .used = {5, 6}};
  const Bytes message = packed(report);
  EXPECT_EQ(kind_of(message), MessageKind::report);
  const endpoints::BudgetReport back = unpack_report(message);
  EXPECT_EQ(packed(back), message);
  EXPECT_EQ(back.wanted + back.closed + back.unused, 14U);
  EXPECT_EQ(back.each.most, report.each.most);
  EXPECT_EQ(back.used, report.used);
  expect_prefixes_refused(message, 1, [](auto bytes) { (void)unpack_report(bytes); });

  const Bytes award = packed(endpoints::Award{7, 3, {8, 9}, endpoints::Spent::cost});
  EXPECT_EQ(kind_of(award), MessageKind::award);
  EXPECT_EQ(unpack_award(award).answers, 7U);
  EXPECT_EQ(unpack_award(award).grants, 3U);
  EXPECT_EQ(unpack_award(award).most, (endpoints::Usage{8, 9}));
  EXPECT_EQ(unpack_award(award).spent, endpoints::Spent::cost);
  expect_prefixes_refused(award, 1, [](auto bytes) { (void)unpack_award(bytes); });
  Bytes unknown = award;
  unknown[36] = std::byte{3};
  EXPECT_THROW((void)unpack_award(unknown), core::Error);
}

TEST(Wire, a_child_asks_and_is_answered) {
  const Bytes demand = packed(endpoints::Demand{{1, 2}, {3, 4}});
  EXPECT_EQ(kind_of(demand), MessageKind::demand);
  EXPECT_EQ(unpack_demand(demand).expected, (endpoints::Usage{1, 2}));
  EXPECT_EQ(unpack_demand(demand).most, (endpoints::Usage{3, 4}));
  expect_prefixes_refused(demand, 1, [](auto bytes) { (void)unpack_demand(bytes); });
  const Bytes grant = packed(GrantMessage{.most = {3, 4}, .is_granted = false, .reason = "spent"});
  EXPECT_EQ(kind_of(grant), MessageKind::grant);
  EXPECT_EQ(unpack_grant(grant).reason, "spent");
  EXPECT_FALSE(unpack_grant(grant).is_granted);
  EXPECT_EQ(unpack_grant(grant).most, (endpoints::Usage{3, 4}));
  expect_prefixes_refused(grant, 1, [](auto bytes) { (void)unpack_grant(bytes); });
  const Bytes settlement = packed(Settlement{.was_sent = true, .used = {5, 6}});
  EXPECT_EQ(kind_of(settlement), MessageKind::settlement);
  EXPECT_TRUE(unpack_settlement(settlement).was_sent);
  EXPECT_EQ(unpack_settlement(settlement).used, (endpoints::Usage{5, 6}));
  expect_prefixes_refused(settlement, 1, [](auto bytes) { (void)unpack_settlement(bytes); });
}

TEST(Wire, candidate_travels_whole) {
  const Bytes message = packed(some_candidate());
  EXPECT_EQ(kind_of(message), MessageKind::candidate);
  EXPECT_EQ(unpack_candidate(message), some_candidate());
  expect_prefixes_refused(message, 1, [](auto bytes) { (void)unpack_candidate(bytes); });
}

TEST(Wire, request_travels_whole) {
  model::NumberedRequest sent{3, {.parameter = "d", .assignment = some_candidate().assignment}};
  sent.request.observations = {{.position = 7, .status = CellStatus::wrong, .output = "a"}};
  sent.request.attempts = {{"Sort.", 0.25}};
  sent.request.examples = {1, 2};
  const Bytes message = packed(sent);
  EXPECT_EQ(kind_of(message), MessageKind::request);
  EXPECT_EQ(unpack_request(message), sent);
  expect_prefixes_refused(message, 1, [](auto bytes) { (void)unpack_request(bytes); });
  Lease lease = some_lease();
  lease.range = {3, Split::request, 5, 6};
  EXPECT_EQ(unpack_lease(packed(lease)).range, lease.range);
}

TEST(Wire, lease_travels_whole) {
  const Bytes message = packed(some_lease());
  EXPECT_EQ(kind_of(message), MessageKind::lease);
  const Lease back = unpack_lease(message);
  EXPECT_EQ(back.id, some_lease().id);
  EXPECT_EQ(back.range, some_lease().range);
  EXPECT_TRUE(back.keep_outputs);
  expect_prefixes_refused(message, 0, [](auto bytes) { (void)unpack_lease(bytes); });
}

TEST(Wire, results_travel_whole) {
  for (const bool with_outputs : {false, true}) {
    const ResultsMessage sent = some_results(with_outputs);
    const Bytes message = packed(sent);
    EXPECT_EQ(kind_of(message), MessageKind::results);
    ResultsMessage back = some_results(!with_outputs);  // what it held before does not show
    unpack_results(message, back);
    EXPECT_EQ(back.lease, sent.lease);
    EXPECT_EQ(back.range, sent.range);
    EXPECT_EQ(back.busy_ns, sent.busy_ns);
    EXPECT_EQ(back.outputs, sent.outputs);
    ASSERT_EQ(back.cells.size(), sent.cells.size());
    for (std::size_t i = 0; i < sent.cells.size(); ++i) {
      EXPECT_EQ(back.cells[i].score, sent.cells[i].score);
      EXPECT_EQ(back.cells[i].cost, sent.cells[i].cost);
      EXPECT_EQ(back.cells[i].output, sent.cells[i].output);
      EXPECT_EQ(back.cells[i].status, sent.cells[i].status);
    }
    EXPECT_EQ(packed(back), message);
    expect_prefixes_refused(message, 0, [&back](auto bytes) { unpack_results(bytes, back); });
  }
}

TEST(Wire, orders_to_sample_and_samples_travel_whole) {
  Bytes bytes;
  pack(SamplingOrder{.cores = 8, .interval = std::chrono::seconds{5}}, bytes);
  EXPECT_EQ(kind_of(bytes), MessageKind::sampling);
  EXPECT_EQ(unpack_sampling(bytes).cores, 8U);
  EXPECT_EQ(unpack_sampling(bytes).interval, std::chrono::seconds{5});
  pack(SamplingOrder{}, bytes);  // without a pause between two samples
  EXPECT_THROW((void)unpack_sampling(bytes), core::Error);
  cluster::NodeSample sample;
  sample.node = "node1";
  sample.at = 7;
  sample.load = 1.5;
  sample.memory_bytes = 1000;
  pack(sample, bytes);
  EXPECT_EQ(kind_of(bytes), MessageKind::sample);
  EXPECT_EQ(unpack_sample(bytes), sample);
}

TEST(Wire, bytes_too_many_are_refused) {
  for (const bool with_outputs : {false, true}) {
    Bytes message = packed(some_results(with_outputs));
    message.push_back(std::byte{0});
    ResultsMessage back;
    EXPECT_THROW(unpack_results(message, back), core::Error);
  }
}

TEST(Wire, impossible_ranges_and_splits_are_refused) {
  for (const unsigned split : {4U, 200U}) {
    Bytes lease = packed(some_lease());
    lease[split_offset] = static_cast<std::byte>(split);
    EXPECT_THROW((void)unpack_lease(lease), core::Error);
    Bytes results = packed(some_results(false));
    results[split_offset] = static_cast<std::byte>(split);
    ResultsMessage back;
    EXPECT_THROW(unpack_results(results, back), core::Error);
  }
  Bytes lease = packed(some_lease());
  Bytes results = packed(some_results(false));
  for (std::size_t i = 0; i < 4; ++i)  // begins at the end of all numbers
    lease[begin_offset + i] = results[begin_offset + i] = std::byte{0xFF};
  ResultsMessage back;
  EXPECT_THROW((void)unpack_lease(lease), core::Error);
  EXPECT_THROW(unpack_results(results, back), core::Error);
}

TEST(Wire, a_count_beyond_the_message_allocates_nothing) {
  Bytes message = packed(some_results(false));
  for (std::size_t i = 0; i < 4; ++i) {
    message[begin_offset + i] = std::byte{0};         // begin = 0
    message[begin_offset + 4 + i] = std::byte{0xFF};  // end = 2^32 - 1
  }
  ResultsMessage back;
  EXPECT_THROW(unpack_results(message, back), core::Error);
  EXPECT_LT(back.cells.capacity(), 1'000U);
}

TEST(Wire, lease_names_and_bare_kinds_travel) {
  for (const MessageKind kind : {MessageKind::recall, MessageKind::returned}) {
    Bytes message;
    pack(kind, LeaseId{77}, message);
    EXPECT_EQ(kind_of(message), kind);
    EXPECT_EQ(unpack_lease_id(message), LeaseId{77});
    expect_prefixes_refused(message, 0, [](auto bytes) { (void)unpack_lease_id(bytes); });
  }
  for (const MessageKind kind :
       {MessageKind::dismiss, MessageKind::farewell, MessageKind::heartbeat}) {
    Bytes message;
    pack(kind, message);
    EXPECT_EQ(message.size(), 1U);
    EXPECT_EQ(kind_of(message), kind);
  }
}

TEST(Wire, unknown_and_empty_messages_are_refused) {
  EXPECT_THROW((void)kind_of({}), core::Error);
  const Bytes unknown{std::byte{static_cast<int>(MessageKind::settlement) + 1}, std::byte{0}};
  EXPECT_THROW((void)kind_of(unknown), core::Error);
}

TEST(Wire, random_bytes_never_pass_for_results) {
  core::Stream chance{5, core::Purpose::simulate};
  ResultsMessage back;
  for (int round = 0; round < 2'000; ++round) {
    Bytes message(chance.below(200));
    for (std::byte& byte : message) byte = static_cast<std::byte>(chance.below(256));
    EXPECT_THROW(unpack_results(message, back), core::Error);
  }
}

TEST(Setup, travels_whole) {
  WorkerSetup setup;
  setup.program = {
      .kind = "sleep", .seed = 9, .sleep_mean_s = 0.5, .sleep_sigma = 1.5, .sleep_mistakes = 0.25};
  setup.metric = {.kind = "macro_f1", .weighted = true};
  setup.trials = 3;
  setup.slots = {5, 3};
  setup.data.data.input_names = {"text"};
  setup.data.data.label_name = "class";
  setup.data.data.examples = {
      {.id = "e1", .inputs = {"some text"}, .label = "x", .group = "g", .weight = 0.1}};
  setup.data.order[1] = {0};
  const WorkerSetup back = unpack_setup(pack_setup(setup));
  EXPECT_TRUE(back.go);
  EXPECT_EQ(back.program.kind, "sleep");
  EXPECT_EQ(back.program.sleep_sigma, 1.5);
  EXPECT_EQ(back.program.sleep_mistakes, 0.25);
  EXPECT_TRUE(back.metric.weighted);
  EXPECT_EQ(back.trials, 3U);
  EXPECT_EQ(back.slots, (std::vector<std::uint32_t>{5, 3}));
  EXPECT_EQ(back.data.data.digest(), setup.data.data.digest());
  EXPECT_EQ(back.data.order, setup.data.order);
  EXPECT_EQ(back.data.at(Split::validation, 0).weight, 0.1);
}

TEST(Setup, of_a_language_model_travels_whole) {
  WorkerSetup setup;
  setup.program.kind = "lm";
  setup.program_identity = "lm 1 abc";
  programs::LmOptions& lm = setup.program.lm;
  lm = {.model = "m", .answer = "a.b", .repairs = 3, .in_flight = 7};
  lm.stages.push_back({.name = "a",
                       .kind = programs::LmStage::Kind::chain_of_thought,
                       .inputs = {{"x", "an x", ""}},
                       .outputs = {{"b", "", "label"}},
                       .instruction = "do",
                       .instructions = {"or not"},
                       .max_demonstrations = 5,
                       .temperature = 0.5,
                       .max_tokens = 11,
                       .model = "n",
                       .format = programs::LmFormat::json,
                       .corpus = "c",
                       .text = "t",
                       .passages = 9});
  lm.writer = {.is_asked = true, .model = "w", .temperature = 0.25, .max_tokens = 12};
  lm.client.endpoints.push_back({"http://h/v1", 2.5, "E", "f", "ca"});
  lm.client.limits = {1, 2, 3, 4, 5, 6};
  lm.client.request_timeout = std::chrono::seconds{8};
  lm.client.cache_folder = "cache";
  const WorkerSetup back = unpack_setup(pack_setup(setup));
  EXPECT_EQ(back.program_identity, "lm 1 abc");
  const programs::LmOptions& now = back.program.lm;
  EXPECT_EQ(now.model + now.answer, "ma.b");
  EXPECT_EQ(now.repairs + now.in_flight, 10U);
  const programs::LmStage& stage = now.stages.at(0);
  EXPECT_EQ(stage.kind, programs::LmStage::Kind::chain_of_thought);
  EXPECT_EQ(stage.inputs.at(0).description, "an x");
  EXPECT_EQ(stage.outputs.at(0).shows, "label");
  EXPECT_EQ(stage.instructions.at(0), "or not");
  EXPECT_EQ(stage.max_demonstrations + stage.max_tokens + stage.passages, 25U);
  EXPECT_EQ(stage.format, programs::LmFormat::json);
  EXPECT_EQ(stage.temperature, 0.5);
  EXPECT_TRUE(now.writer.is_asked);
  EXPECT_EQ(now.writer.model, "w");
  EXPECT_EQ(now.writer.temperature + now.writer.max_tokens, 12.25);
  EXPECT_EQ(now.client.endpoints.at(0).weight, 2.5);
  EXPECT_EQ(now.client.endpoints.at(0).ca_file, "ca");
  EXPECT_EQ(now.client.limits.tokens, 3U);
  EXPECT_EQ(now.client.limits.output_price, 6);
  EXPECT_EQ(now.client.request_timeout, std::chrono::seconds{8});
  EXPECT_EQ(now.client.cache_folder, "cache");
}

TEST(Setup, of_another_program_than_rank_0s_is_refused) {
  WorkerSetup setup;
  setup.program.kind = "nothing";
  setup.slots = {1, 0, 2};
  setup.program_identity = "nothing 1";
  EXPECT_EQ(make_program(setup, nullptr)->identity(), "nothing 1");
  setup.program_identity = "nothing 2";
  EXPECT_THROW(static_cast<void>(make_program(setup, nullptr)), core::Error);
}

TEST(Setup, of_the_watch_comes_back) {
  WatchSetup setup{.sockets = true,
                   .insist = true,
                   .timeout = std::chrono::seconds{7},
                   .key = messaging::make_session_key({1, 2}, 3),
                   .endpoints = {{"10.0.0.1", 4711}, {"fd00::1", 2}}};
  const WatchSetup back = unpack_watch(pack_watch(setup));
  EXPECT_TRUE(back.sockets);
  EXPECT_TRUE(back.insist);
  EXPECT_EQ(back.timeout, setup.timeout);
  EXPECT_EQ(back.key.secret, setup.key.secret);
  EXPECT_EQ(back.key.run, setup.key.run);
  EXPECT_EQ(back.key.epoch, 3U);
  ASSERT_EQ(back.endpoints.size(), 2U);
  EXPECT_EQ(back.endpoints[1].address, "fd00::1");
  EXPECT_EQ(back.endpoints[0].port, 4711);
}

TEST(Wire, the_last_word_is_one_of_two) {
  Bytes bytes;
  for (const Leave leave : {Leave::finalize, Leave::at_once}) {
    pack(leave, bytes);
    EXPECT_EQ(kind_of(bytes), MessageKind::leave);
    EXPECT_EQ(unpack_leave(bytes), leave);
  }
  bytes.back() = std::byte{2};
  EXPECT_THROW((void)unpack_leave(bytes), core::Error);
  bytes.pop_back();
  EXPECT_THROW((void)unpack_leave(bytes), core::Error);
}

TEST(Setup, nothing_to_do_is_short) {
  WorkerSetup setup;
  setup.go = false;
  const auto bytes = pack_setup(setup);
  EXPECT_LT(bytes.size(), 64U);
  EXPECT_FALSE(unpack_setup(bytes).go);
  EXPECT_THROW((void)unpack_setup({}), core::Error);
}

}  // namespace
}  // namespace foundation::runtime
