#include "exports/detail/otf2_definitions.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "exports/detail/otf2_event_writer.hpp"
#include "exports/detail/otf2_record.hpp"
#include "storage/column.hpp"

namespace foundation::exports::detail {

using analysis::Communicator;
using analysis::Region;
using trace::RegionRole;

namespace {

constexpr std::uint64_t ticks_per_second = 1'000'000'000;
constexpr OTF2_SystemTreeNodeRef machine = 0;

OTF2_RegionRole role_of(CollectiveFunction function) {
  switch (function) {
    case CollectiveFunction::barrier: return OTF2_REGION_ROLE_BARRIER;
    case CollectiveFunction::broadcast:
    case CollectiveFunction::scatter:
    case CollectiveFunction::scatter_varying: return OTF2_REGION_ROLE_COLL_ONE2ALL;
    case CollectiveFunction::gather:
    case CollectiveFunction::gather_varying:
    case CollectiveFunction::reduce: return OTF2_REGION_ROLE_COLL_ALL2ONE;
    case CollectiveFunction::scan:
    case CollectiveFunction::exclusive_scan: return OTF2_REGION_ROLE_COLL_OTHER;
    default: return OTF2_REGION_ROLE_COLL_ALL2ALL;
  }
}

OTF2_RegionRole role_of(const Region& region) {
  if (const auto function = collective_function(region.role, region.name))
    return role_of(*function);
  switch (region.role) {
    case RegionRole::program:
    case RegionRole::other:
    case RegionRole::communicator:
    case RegionRole::initialize:
    case RegionRole::finalize: return OTF2_REGION_ROLE_FUNCTION;
    case RegionRole::one_sided: return OTF2_REGION_ROLE_RMA;
    case RegionRole::file: return OTF2_REGION_ROLE_FILE_IO;
    case RegionRole::start_collective: return OTF2_REGION_ROLE_COLL_OTHER;
    default: return OTF2_REGION_ROLE_POINT2POINT;
  }
}

class Definitions {
 public:
  Definitions(const Otf2Archive& archive, const analysis::TraceSet& traces,
              const Otf2Locations& locations, const std::vector<Otf2Written>& written,
              Otf2References& references)
      : archive_{archive},
        traces_{traces},
        locations_{locations},
        written_{written},
        references_{references},
        writer_{archive.check(OTF2_Archive_GetGlobalDefWriter(archive.get()))} {}

  void write(analysis::TraceTime end) {
    check(OTF2_GlobalDefWriter_WriteClockProperties(
        writer_, ticks_per_second, 0, otf2_time(end),
        static_cast<std::uint64_t>(traces_.started_at())));
    for (; strings_ < references_.strings.things().size(); ++strings_) write_string(strings_);
    write_regions();
    write_points();
    write_hosts();
    for (std::uint32_t group = 0; group < locations_.groups().size(); ++group) write_group(group);
    if (locations_.members() > 0) write_communicators();
  }

 private:
  void check(OTF2_ErrorCode code) const { archive_.check(code); }

  /// A string that is defined by now.
  OTF2_StringRef text(std::string_view text) {
    const OTF2_StringRef reference = references_.strings(storage::stored_text(text));
    for (; strings_ <= reference; ++strings_) write_string(strings_);
    return reference;
  }
  void write_string(std::uint32_t reference) const {
    const std::string& text = references_.strings.things()[reference];
    check(OTF2_GlobalDefWriter_WriteString(writer_, reference, text.c_str()));
  }

  void write_regions() {
    const auto& used = references_.regions.things();
    for (OTF2_RegionRef i = 0; i < used.size(); ++i) {
      const Region& it = traces_.regions()[used[i]];
      const bool is_mpi = it.role != RegionRole::program;
      const OTF2_StringRef name = text(used[i] == 0 ? "unknown" : it.name);
      check(OTF2_GlobalDefWriter_WriteRegion(writer_, i, name, name, text(""), role_of(it),
                                             is_mpi ? OTF2_PARADIGM_MPI : OTF2_PARADIGM_USER,
                                             OTF2_REGION_FLAG_NONE, text(it.file), it.line,
                                             it.line));
    }
  }

  /// Counters, marks, and the attribute of calls that never ended.
  void write_points() {
    const auto& used = references_.counters.things();
    for (OTF2_MetricRef i = 0; i < used.size(); ++i) {
      const OTF2_MetricMemberRef member = i;
      check(OTF2_GlobalDefWriter_WriteMetricMember(
          writer_, member, text(traces_.regions()[used[i]].name), text(""), OTF2_METRIC_TYPE_USER,
          OTF2_METRIC_ABSOLUTE_POINT, OTF2_TYPE_DOUBLE, OTF2_BASE_DECIMAL, 0, text("")));
      check(OTF2_GlobalDefWriter_WriteMetricClass(writer_, i, 1, &member, OTF2_METRIC_ASYNCHRONOUS,
                                                  OTF2_RECORDER_KIND_CPU));
    }
    check(OTF2_GlobalDefWriter_WriteParameter(writer_, Otf2References::mark, text("mark"),
                                              OTF2_PARAMETER_TYPE_STRING));
    check(OTF2_GlobalDefWriter_WriteAttribute(
        writer_, Otf2References::unfinished, text("unfinished"),
        text("1: the call never ended; its recording did"), OTF2_TYPE_UINT8));
  }

  void write_hosts() {
    write_node(machine, "machine", "machine", OTF2_SYSTEM_TREE_DOMAIN_MACHINE,
               OTF2_UNDEFINED_SYSTEM_TREE_NODE);
    for (const analysis::Process& it : traces_.processes()) {
      const auto next = static_cast<OTF2_SystemTreeNodeRef>(hosts_.size() + 1);
      const auto [host, is_new] = hosts_.try_emplace(it.recording->facts().host, next);
      if (is_new)
        write_node(next, host->first, "node", OTF2_SYSTEM_TREE_DOMAIN_SHARED_MEMORY, machine);
    }
  }
  void write_node(OTF2_SystemTreeNodeRef node, std::string_view name, std::string_view type,
                  OTF2_SystemTreeDomain domain, OTF2_SystemTreeNodeRef parent) {
    check(OTF2_GlobalDefWriter_WriteSystemTreeNode(writer_, node, text(name), text(type), parent));
    check(OTF2_GlobalDefWriter_WriteSystemTreeNodeDomain(writer_, node, domain));
  }

  void write_group(std::uint32_t number) {
    const Otf2Group& group = locations_.groups()[number];
    const trace::RecordedFacts* facts = nullptr;
    if (group.process >= 0)
      facts = &traces_.processes()[static_cast<std::size_t>(group.process)].recording->facts();
    check(OTF2_GlobalDefWriter_WriteLocationGroup(
        writer_, number, text(group.name), OTF2_LOCATION_GROUP_TYPE_PROCESS,
        facts == nullptr ? machine : hosts_.at(facts->host), OTF2_UNDEFINED_LOCATION_GROUP));
    if (facts != nullptr) {
      OTF2_AttributeValue value;
      value.uint32 = facts->process;
      check(OTF2_GlobalDefWriter_WriteLocationGroupProperty(writer_, number, text("process id"),
                                                            OTF2_TYPE_UINT32, value));
    }
    for (std::uint32_t thread = 0; thread < group.threads; ++thread) write_thread(number, thread);
  }
  void write_thread(std::uint32_t number, std::uint32_t thread) {
    const Otf2Group& group = locations_.groups()[number];
    const OTF2_LocationRef location = Otf2Locations::location(number, thread);
    check(OTF2_GlobalDefWriter_WriteLocation(
        writer_, location, text(fmt::format("{}, thread {}", group.name, thread)),
        OTF2_LOCATION_TYPE_CPU_THREAD, written_[number].events[thread], number));
    if (group.process < 0) return;
    const auto& process = traces_.processes()[static_cast<std::size_t>(group.process)];
    if (thread >= process.recording->streams().size()) return;
    OTF2_AttributeValue value;
    value.uint32 = process.recording->streams()[thread].thread;
    check(OTF2_GlobalDefWriter_WriteLocationProperty(writer_, location, text("thread id"),
                                                     OTF2_TYPE_UINT32, value));
  }

  void write_communicators() {
    check(OTF2_GlobalDefWriter_WriteParadigm(writer_, OTF2_PARADIGM_MPI, text("MPI"),
                                             OTF2_PARADIGM_CLASS_PROCESS));
    std::vector<std::uint64_t> all;
    for (std::uint32_t group = 0; group < locations_.members(); ++group)
      all.push_back(Otf2Locations::location(group, 0));
    write_members(next_group_++, OTF2_GROUP_TYPE_COMM_LOCATIONS, all);
    for (std::uint32_t i = 1; i < traces_.communicators().size(); ++i) write_communicator(i);
  }
  /// An inter-communicator is written as one of all its members: OTF2 3.0 has a record for it, but
  /// its own Python module cannot open an archive with that, and older readers do not know it.
  void write_communicator(std::uint32_t index) {
    const Communicator& it = traces_.communicators()[index];
    std::vector<std::int32_t> ranks = it.members;
    ranks.insert(ranks.end(), it.remote.begin(), it.remote.end());
    const std::uint32_t parent = it.remote.empty() ? it.parent : 0;
    check(OTF2_GlobalDefWriter_WriteComm(writer_, otf2_communicator(index), text(name_of(it)),
                                         group_of(ranks), otf2_communicator(parent),
                                         OTF2_COMM_FLAG_NONE));
  }
  /// As the program named it. Old files have no names: there, the two that MPI starts with.
  std::string_view name_of(const Communicator& it) {
    if (!it.names.empty()) return it.names.back();
    if (!it.remote.empty()) return "inter-communicator";
    if (it.parent != 0) return "";
    if (!world_is_named_) {
      world_is_named_ = true;
      return "MPI_COMM_WORLD";
    }
    return it.members.size() == 1 ? "MPI_COMM_SELF" : "";
  }
  OTF2_GroupRef group_of(const std::vector<std::int32_t>& ranks) {
    const auto [group, is_new] = groups_.try_emplace(ranks, next_group_);
    if (is_new)
      write_members(next_group_++, OTF2_GROUP_TYPE_COMM_GROUP, locations_.members_of(ranks));
    return group->second;
  }
  void write_members(OTF2_GroupRef group, OTF2_GroupType type,
                     const std::vector<std::uint64_t>& members) {
    check(OTF2_GlobalDefWriter_WriteGroup(
        writer_, group, text(""), type, OTF2_PARADIGM_MPI, OTF2_GROUP_FLAG_NONE,
        static_cast<std::uint32_t>(members.size()), members.data()));
  }

  const Otf2Archive& archive_;
  const analysis::TraceSet& traces_;
  const Otf2Locations& locations_;
  const std::vector<Otf2Written>& written_;
  Otf2References& references_;
  OTF2_GlobalDefWriter* writer_;  ///< the archive owns it
  std::uint32_t strings_ = 0;     ///< so many are written
  std::map<std::string, OTF2_SystemTreeNodeRef> hosts_;
  std::map<std::vector<std::int32_t>, OTF2_GroupRef> groups_;
  OTF2_GroupRef next_group_ = 0;
  bool world_is_named_ = false;
};

}  // namespace

void write_otf2_definitions(const Otf2Archive& archive, const analysis::TraceSet& traces,
                            const Otf2Locations& locations, const std::vector<Otf2Written>& written,
                            analysis::TraceTime end, Otf2References& references) {
  Definitions{archive, traces, locations, written, references}.write(end);
}

}  // namespace foundation::exports::detail
