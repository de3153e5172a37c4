#include "runtime/setup.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "runtime/archive.hpp"
#include "runtime/options_serialize.hpp"

namespace foundation::programs {

// Version 14 of clang-format takes `archive & value` for a reference.
// clang-format off
template <class Archive>
void serialize(Archive& archive, Example& example, unsigned /*version*/) {
  archive & example.id & example.inputs & example.label & example.group & example.weight;
}
template <class Archive>
void serialize(Archive& archive, Dataset& data, unsigned /*version*/) {
  archive & data.input_names & data.label_name & data.examples & data.skipped_lines;
}
template <class Archive>
void serialize(Archive& archive, SplitDataset& data, unsigned /*version*/) {
  archive & data.data;
  for (auto & order : data.order) archive & order;
}
// clang-format on

}  // namespace foundation::programs

namespace foundation::messaging {

// clang-format off
template <class Archive>
void serialize(Archive& archive, SessionKey& key, unsigned /*version*/) {
  for (std::byte& byte : key.secret) archive & byte;
  archive & key.run.high & key.run.low & key.epoch;
}
template <class Archive>
void serialize(Archive& archive, Endpoint& endpoint, unsigned /*version*/) {
  archive & endpoint.address & endpoint.port;
}
// clang-format on

}  // namespace foundation::messaging

namespace foundation::runtime {

// clang-format off
template <class Archive>
void serialize(Archive& archive, WatchSetup& setup, unsigned /*version*/) {
  std::int64_t timeout_ns = setup.timeout.count();
  archive & setup.sockets & setup.insist & timeout_ns & setup.key & setup.endpoints;
  setup.timeout = core::Duration{timeout_ns};
}
template <class Archive>
void serialize(Archive& archive, WorkerSetup& setup, unsigned /*version*/) {
  archive & setup.go;
  if (setup.go)
    archive & setup.program & setup.program_identity & setup.metric & setup.trials & setup.slots &
        setup.data;
}
// clang-format on

namespace {

/// What programs take for granted when they look an example up.
void require_consistent(const programs::SplitDataset& data) {
  const std::size_t examples = data.data.examples.size();
  const std::size_t inputs = data.data.input_names.size();
  const bool complete = std::ranges::all_of(data.data.examples, [inputs](const auto& example) {
    return example.inputs.size() == inputs;
  });
  const bool inside = std::ranges::all_of(data.order, [examples](const auto& order) {
    return std::ranges::all_of(order, [examples](std::uint32_t at) { return at < examples; });
  });
  if (!complete || !inside)
    throw core::Error{core::ErrorKind::corrupt_data,
                      "a message cannot be read: its trainset does not fit together"};
}

}  // namespace

endpoints::LimitOptions limits_of(const WorkerSetup& setup) {
  if (setup.program.kind == "lm") return setup.program.lm.client.limits;
  return setup.metric.kind == "judge" ? setup.metric.judge.client.limits
                                      : endpoints::LimitOptions{};
}

std::unique_ptr<programs::Program> make_program(const WorkerSetup& setup,
                                                const std::shared_ptr<endpoints::Budget>& budget) {
  auto program = programs::make_program(setup.program, setup.data);
  if (program->identity() != setup.program_identity)
    throw core::Error{core::ErrorKind::bad_input,
                      "the program is not the same here as on rank 0: a file that it reads differs",
                      "put such files where all nodes see the same ones"};
  program->share_budget(budget);
  return program;
}

std::unique_ptr<programs::Metric> make_metric(const WorkerSetup& setup,
                                              const std::shared_ptr<endpoints::Budget>& budget) {
  auto metric = programs::make_metric(setup.metric);
  metric->share_budget(budget);
  return metric;
}

std::vector<std::byte> pack_watch(const WatchSetup& setup) {
  std::vector<std::byte> bytes;
  save_archive(setup, bytes);
  return bytes;
}

WatchSetup unpack_watch(const std::vector<std::byte>& bytes) {
  WatchSetup setup;
  load_archive(bytes, setup);
  return setup;
}

std::vector<std::byte> pack_setup(const WorkerSetup& setup) {
  std::vector<std::byte> bytes;
  save_archive(setup, bytes);
  return bytes;
}

WorkerSetup unpack_setup(const std::vector<std::byte>& bytes) {
  WorkerSetup setup;
  load_archive(bytes, setup);
  require_consistent(setup.data);
  return setup;
}

}  // namespace foundation::runtime
