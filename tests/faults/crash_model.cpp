#include "crash_model.hpp"

#include <algorithm>
#include <cstring>

namespace foundation::testing {
namespace {

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

void CrashModel::apply(const Call& call, int share) {
  const auto node = [this](const std::string& path) {
    const auto found = names_.find(path);
    return found == names_.end() ? nullptr : found->second;
  };
  switch (call.kind) {
    case CallKind::create:
      if (!node(call.path))
        change_names({folder_of(call.path), {}, call.path, std::make_shared<Node>()});
      break;
    case CallKind::write:
      if (const auto file = node(call.path))
        write(*file, call.offset, call.bytes,
              call.bytes.size() * static_cast<std::size_t>(share) / 2);
      break;
    case CallKind::truncate:
      if (const auto file = node(call.path)) file->cached.resize(call.offset);
      break;
    case CallKind::sync: sync(call.path); break;
    case CallKind::link:
      if (const auto file = node(call.path))
        change_names({folder_of(call.target), {}, call.target, file});
      break;
    case CallKind::rename:
      if (const auto file = node(call.path))
        change_names({folder_of(call.target), call.path, call.target, file});
      break;
    case CallKind::unlink: change_names({folder_of(call.path), call.path, {}, nullptr}); break;
    case CallKind::make_folder: folders_.insert(call.path); break;
    case CallKind::close:
    case CallKind::look: break;
  }
}

void CrashModel::write(Node& node, std::uint64_t offset, const Bytes& bytes, std::size_t size) {
  if (size == 0) return;
  node.cached.resize(std::max<std::size_t>(node.cached.size(), offset + size));
  std::memcpy(node.cached.data() + offset, bytes.data(), size);
  for (std::size_t page = offset / page_bytes; page <= (offset + size - 1) / page_bytes; ++page)
    node.dirty.insert(page);
}

void CrashModel::apply_to(Names& names, const NameChange& change) {
  if (!change.removed.empty()) names.erase(change.removed);
  if (!change.added.empty()) names[change.added] = change.node;
}

void CrashModel::change_names(NameChange change) {
  apply_to(names_, change);
  unsynced_.push_back(std::move(change));
}

void CrashModel::sync(const std::string& path) {
  if (folders_.contains(path)) {
    std::erase_if(unsynced_, [&](const NameChange& change) {
      if (change.folder != path) return false;
      apply_to(durable_names_, change);
      return true;
    });
    return;
  }
  const auto found = names_.find(path);
  if (found == names_.end()) return;
  found->second->durable = found->second->cached;
  found->second->dirty.clear();
}

CrashModel CrashModel::clone() const {
  CrashModel copy = *this;
  std::map<const Node*, std::shared_ptr<Node>> fresh;
  const auto renew = [&fresh](std::shared_ptr<Node>& node) {
    if (!node) return;
    auto& known = fresh[node.get()];
    if (!known) known = std::make_shared<Node>(*node);
    node = known;
  };
  for (auto& [path, node] : copy.names_) renew(node);
  for (auto& [path, node] : copy.durable_names_) renew(node);
  for (NameChange& change : copy.unsynced_) renew(change.node);
  return copy;
}

Files CrashModel::after_kill() const {
  Files files;
  for (const auto& [path, node] : names_) files.emplace(path, node->cached);
  return files;
}

Files CrashModel::after_power_loss(core::Stream& chance) const {
  Names names = durable_names_;
  for (const NameChange& change : unsynced_)
    if (chance.chance(0.5)) apply_to(names, change);
  Files files;
  std::map<const Node*, Bytes> left;  // one file under two names has one content
  for (const auto& [path, node] : names) {
    const auto known = left.find(node.get());
    if (known == left.end()) left.emplace(node.get(), lose_power(*node, chance));
    files.emplace(path, left.at(node.get()));
  }
  return files;
}

Bytes CrashModel::lose_power(const Node& node, core::Stream& chance) {
  const std::size_t low = std::min(node.durable.size(), node.cached.size());
  const std::size_t high = std::max(node.durable.size(), node.cached.size());
  const std::size_t size = node.dirty.empty() && node.durable.size() == node.cached.size()
                               ? low
                               : low + chance.below(high - low + 1);
  Bytes left = node.durable;
  left.resize(high);
  for (const std::size_t page : node.dirty) {
    if (chance.chance(0.4)) continue;
    const std::size_t begin = page * page_bytes;
    if (begin >= node.cached.size()) continue;
    const bool torn = chance.chance(0.3);
    const std::size_t part =
        torn ? sector_bytes * chance.below(page_bytes / sector_bytes + 1) : page_bytes;
    const std::size_t end = std::min(begin + part, node.cached.size());
    std::copy(node.cached.begin() + static_cast<std::ptrdiff_t>(begin),
              node.cached.begin() + static_cast<std::ptrdiff_t>(end),
              left.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  left.resize(chance.chance(0.5) ? high : size);
  return left;
}

}  // namespace foundation::testing
