#include "analysis/trace_set.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "storage/column.hpp"

namespace foundation::analysis {

using core::Error;
using core::ErrorKind;
using trace::DefinitionType;

namespace {

using Payload = std::span<const std::byte>;

constexpr std::uint32_t world_id = 1;  ///< of communicators in each process
constexpr std::uint32_t self_id = 2;
constexpr std::size_t ids_limit = std::size_t{1} << 24;  ///< of communicators in one process

/// The head of a definition and what follows it; nothing if it is too short.
template <class Head>
std::optional<std::pair<Head, Payload>> split(Payload payload) {
  if (payload.size() < sizeof(Head)) return std::nullopt;
  Head head;
  std::memcpy(&head, payload.data(), sizeof head);
  return std::pair{head, payload.subspan(sizeof head)};
}

/// The zero-terminated text at the beginning of `rest`, which is left behind it.
std::string take_text(Payload& rest) {
  const auto* text = reinterpret_cast<const char*>(rest.data());
  const std::size_t size = strnlen(text, rest.size());
  std::string taken{text, size};
  rest = rest.subspan(std::min(size + 1, rest.size()));
  return taken;
}

std::vector<std::int32_t> take_ranks(Payload& rest, std::size_t count) {
  const std::size_t bytes = std::min(count * sizeof(std::int32_t), rest.size() & ~std::size_t{3});
  std::vector<std::int32_t> ranks(bytes / sizeof(std::int32_t));
  if (bytes > 0) std::memcpy(ranks.data(), rest.data(), bytes);
  rest = rest.subspan(bytes);
  return ranks;
}

void add_region(std::vector<Region>& regions, Payload payload) {
  auto parts = split<trace::RegionDefinition>(payload);
  if (!parts) return;
  auto& [head, rest] = *parts;
  if (head.region >= regions.size()) regions.resize(head.region + std::size_t{1});
  Region& region = regions[head.region];
  region.name = storage::stored_text(take_text(rest));
  region.file = storage::stored_text(take_text(rest));
  region.unit = storage::stored_text(take_text(rest));
  region.line = head.line;
  region.role = head.role;
}

/// What makes regions of two processes the same one. What the program has named is known by that
/// name, wherever it was used first.
Region identity(Region region) {
  if (region.role != trace::RegionRole::program && region.role != trace::RegionRole::counter &&
      region.role != trace::RegionRole::mark)
    return region;
  region.file.clear();
  region.line = 0;
  return region;
}

}  // namespace

/// The same communicator in two processes: by its parent, its two sides in a fixed order, and how
/// often the process has seen that before. Creations of one group from one parent are collective
/// over that group, so all of its members count them alike. The two sides of an
/// inter-communicator may come from parents of their own, which then say nothing.
struct TraceSet::Key {
  std::uint32_t parent = 0;
  std::vector<std::int32_t> low, high;
  std::uint32_t repeat = 0;
  auto operator<=>(const Key&) const = default;
};

TraceSet::TraceSet(const std::vector<std::filesystem::path>& files) {
  if (files.empty()) throw Error{ErrorKind::bad_input, "the trace has no recordings"};
  std::vector<std::shared_ptr<const trace::Recording>> recordings;
  for (const auto& file : files) recordings.push_back(std::make_shared<trace::Recording>(file));
  std::ranges::stable_sort(recordings, [](const auto& a, const auto& b) {
    const auto order = [](const trace::RecordedFacts& it) {
      return std::tuple{it.rank < 0, it.rank, it.process};
    };
    return order(a->facts()) < order(b->facts());
  });
  for (const auto& it : recordings) {
    if (it->facts().trace_id != recordings.front()->facts().trace_id)
      throw Error{ErrorKind::bad_input, "the recordings are of different traces",
                  "give each trace a folder of its own"};
    processes_.emplace_back().recording = it;
    read_definitions(processes_.back(), *it);
  }
  put_on_one_time();
  join_communicators();
  join_regions();
}

TraceSet::TraceSet(std::vector<Process> processes, std::vector<Communicator> communicators,
                   std::vector<Region> regions)
    : processes_{std::move(processes)},
      communicators_{std::move(communicators)},
      regions_{std::move(regions)} {
  if (processes_.empty())
    throw Error{ErrorKind::bad_input, "no process of the trace has recorded anything",
                "was the recorder loaded? The program must be the one behind '--' itself"};
  put_on_one_time();
}

std::uint32_t Process::window_at(TraceTime at) const noexcept {
  for (const RecordedWindow& it : windows)
    if (at <= it.to) return it.window;
  return windows.empty() ? 0 : windows.back().window;
}

bool Process::is_recorded_at(TraceTime at) const noexcept {
  return windows.empty() || std::ranges::any_of(windows, [at](const RecordedWindow& it) {
           return it.from <= at && at <= it.to;
         });
}

TraceTime Process::gaps_between(TraceTime begin, TraceTime end) const noexcept {
  if (windows.empty()) return 0;
  TraceTime gaps = end - begin;
  for (const RecordedWindow& it : windows)
    gaps -= std::max<TraceTime>(std::min(it.to, end) - std::max(it.from, begin), 0);
  return std::max<TraceTime>(gaps, 0);
}

bool Process::begins_midway() const noexcept {
  if (windows.size() > 1) return true;
  const TraceTime begin = time.at(recording->facts().first.ticks);
  if (!windows.empty() && windows.front().from > begin) return true;
  return std::ranges::any_of(recording->streams(),
                             [](const trace::StreamExtent& it) { return it.oldest > 0; });
}

namespace {

template <class Move>
void move_windows(std::vector<RecordedWindow>& windows, const Move& move) {
  for (RecordedWindow& it : windows) {
    it.from += move(it.from);
    if (it.to != std::numeric_limits<TraceTime>::max()) it.to += move(it.to);
  }
}

}  // namespace

void TraceSet::move_time(std::size_t process, double offset, double drift) {
  Process& it = processes_[process];
  it.time = it.time.moved(offset, drift);
  move_windows(it.windows, [&](TraceTime time) {
    return static_cast<TraceTime>(offset + drift * static_cast<double>(time));
  });
}

void TraceSet::shift_time(std::size_t process, std::shared_ptr<const Shifts> shifts) {
  Process& it = processes_[process];
  move_windows(it.windows, [&](TraceTime time) { return shifts->at(time); });
  it.time = it.time.shifted(std::move(shifts));
}

bool TraceSet::begins_midway() const noexcept {
  return std::ranges::any_of(processes_, &Process::begins_midway);
}

void TraceSet::put_on_one_time() {
  trace_id_ = processes_.front().recording->facts().trace_id;
  std::vector<trace::RecordedFacts> facts;
  for (Process& it : processes_) {
    it.rank = it.recording->facts().rank;
    facts.push_back(it.recording->facts());
  }
  TimeBases bases = align_clocks(facts);
  started_at_ = bases.started_at;
  hosts_ = bases.hosts;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    processes_[i].time = bases.processes[i];
    processes_[i].host = bases.host[i];
  }
}

void TraceSet::read_definitions(Process& process, const trace::Recording& recording) {
  std::vector<Defined>& defined = defined_.emplace_back();
  std::vector<Named>& named = named_.emplace_back();
  named = {{world_id, "MPI_COMM_WORLD"}, {self_id, "MPI_COMM_SELF"}};
  process.regions.resize(1);
  recording.visit_definitions([&](DefinitionType type, Payload payload) {
    if (type == DefinitionType::region) return add_region(process.regions, payload);
    if (type == DefinitionType::communicator) {
      if (auto parts = split<trace::CommunicatorDefinition>(payload)) {
        Defined it{.head = parts->first, .members = {}, .remote = {}};
        it.members = take_ranks(parts->second, it.head.members);
        it.remote = take_ranks(parts->second, it.head.remote_members);
        defined.push_back(std::move(it));
      }
      return;
    }
    if (auto parts = split<trace::TextDefinition>(payload)) {
      std::string text = take_text(parts->second);
      if (parts->first.kind == trace::TextKind::command) process.command = std::move(text);
      if (parts->first.kind == trace::TextKind::mpi_library) process.mpi_library = std::move(text);
      if (parts->first.kind == trace::TextKind::communicator_name)
        named.emplace_back(parts->first.subject, storage::stored_text(std::move(text)));
    }
  });
}

void TraceSet::join_communicators() {
  communicators_.resize(1);
  std::map<Key, std::uint32_t> known;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    Process& process = processes_[i];
    std::map<Key, std::uint32_t> repeats;
    for (Defined& it : defined_[i]) {
      const std::uint32_t parent = process.communicator(it.head.parent).global;
      Key key{.parent = it.remote.empty() ? parent : 0, .low = it.members, .high = it.remote};
      // MPI_COMM_SELF and the like have one member each: nobody shares them.
      const bool reversed = !key.high.empty() && key.high < key.low;
      if (reversed) std::swap(key.low, key.high);
      Key unnumbered = key;
      key.repeat = repeats[std::move(unnumbered)]++;
      const auto next = static_cast<std::uint32_t>(communicators_.size());
      const auto [found, is_new] = known.try_emplace(key, next);
      if (is_new)
        communicators_.push_back({.members = key.low, .remote = key.high, .parent = parent});
      const std::size_t id = it.head.communicator;
      if (id >= process.communicators.size() && id < ids_limit)
        process.communicators.resize(id + 1);
      if (id < ids_limit) process.communicators[id] = {found->second, reversed, it.head.rank};
    }
  }
  defined_.clear();
  name_communicators();
}

void TraceSet::name_communicators() {
  for (std::size_t i = 0; i < processes_.size(); ++i)
    for (const auto& [id, name] : named_[i]) {
      const std::uint32_t global = processes_[i].communicator(id).global;
      std::vector<std::string>& names = communicators_[global].names;
      if (global != 0 && !name.empty() && std::ranges::find(names, name) == names.end())
        names.push_back(name);
    }
  named_.clear();
}

void TraceSet::join_regions() {
  regions_.resize(1);
  std::map<Region, std::uint32_t> known{{Region{}, 0}};
  for (Process& process : processes_)
    for (std::size_t id = 1; id < process.regions.size(); ++id) {
      Region& region = process.regions[id];
      const auto next = static_cast<std::uint32_t>(regions_.size());
      const auto [found, is_new] = known.try_emplace(identity(region), next);
      region.shared = found->second;
      if (is_new) regions_.push_back(region);
    }
}

std::int32_t TraceSet::world_rank(const Process& process, std::uint32_t communicator,
                                  std::int32_t peer) const {
  if (peer < 0) return -1;
  const LocalCommunicator local = process.communicator(communicator);
  const Communicator& it = communicators_[local.global];
  const bool other_side = !it.remote.empty() && !local.reversed;
  const std::vector<std::int32_t>& ranks = other_side ? it.remote : it.members;
  return static_cast<std::size_t>(peer) < ranks.size() ? ranks[static_cast<std::size_t>(peer)] : -1;
}

}  // namespace foundation::analysis
