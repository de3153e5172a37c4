#include "storage/file_writer.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include <hdf5_hl.h>

#include "storage/detail/chunked_table.hpp"
#include "storage/detail/h5.hpp"
#include "storage/schema.hpp"

namespace foundation::storage {

using namespace detail;

namespace {

constexpr hsize_t chunk_rows = 16384;
constexpr std::size_t small_column_bytes = 4096;  // the index of chunks would take half of that
constexpr unsigned deflate_level = 4;
constexpr std::size_t memory_increment = std::size_t{1} << 20;
constexpr const char* image_name = "image of an HDF5 file";  // never reaches the file system

/// A scalar (`count` 0) or 1-D attribute of the given type.
void write_attribute(hid_t object, std::string_view name, hid_t type, const void* values,
                     hsize_t count) {
  const std::string label{name};
  const auto space =
      make<SpaceId>(count == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr),
                    "make attribute", name);
  const auto id = make<AttributeId>(
      H5Acreate2(object, label.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT),
      "make attribute", name);
  check(H5Awrite(id.get(), type, values), "write attribute", name);
}

void write_text_attribute(hid_t object, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  const std::string content{text};
  const char* pointer = content.c_str();
  write_attribute(object, name, text_type().get(), static_cast<const void*>(&pointer), 0);
}

void describe_column(hid_t dataset, const ColumnInfo& info) {
  write_text_attribute(dataset, schema::attribute::long_name, info.long_name);
  write_text_attribute(dataset, schema::attribute::units, info.units);
  write_text_attribute(dataset, schema::attribute::description, info.description);
  if (info.flags == nullptr) return;
  write_attribute(dataset, schema::attribute::flag_values, H5T_NATIVE_INT8,
                  info.flags->values.data(), info.flags->values.size());
  write_text_attribute(dataset, schema::attribute::flag_meanings, info.flags->meanings);
}

/// Groups list their members in the order of creation and carry no time stamps, so that equal
/// content gives equal files.
PropertyId group_properties(hid_t property_class) {
  auto properties = make<PropertyId>(H5Pcreate(property_class), "make", "group properties");
  check(H5Pset_link_creation_order(properties.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
        "set", "creation order");
  return properties;
}

GroupId make_group(hid_t file, const std::string& name) {
  const auto properties = group_properties(H5P_GROUP_CREATE);
  check(H5Pset_obj_track_times(properties.get(), false), "set", "time stamps");
  return make<GroupId>(H5Gcreate2(file, name.c_str(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                       "make group", name);
}

struct NewDataset {
  std::string name;
  hid_t type;
  hsize_t rows;
  Layout layout;
  bool filterable;
};

PropertyId dataset_properties(const NewDataset& plan) {
  auto properties = make<PropertyId>(H5Pcreate(H5P_DATASET_CREATE), "make", "dataset properties");
  check(H5Pset_obj_track_times(properties.get(), false), "set", "time stamps");
  const bool small = plan.rows * H5Tget_size(plan.type) <= small_column_bytes;
  if (plan.layout == Layout::contiguous || small) return properties;
  const hsize_t chunk = std::min(plan.rows, chunk_rows);
  check(H5Pset_chunk(properties.get(), 1, &chunk), "set", "chunks");
  if (!plan.filterable) return properties;
  check(H5Pset_shuffle(properties.get()), "set", "shuffle filter");
  check(H5Pset_deflate(properties.get(), deflate_level), "set", "deflate filter");
  return properties;
}

DatasetId write_dataset(hid_t group, const NewDataset& plan, const void* values) {
  const auto space =
      make<SpaceId>(H5Screate_simple(1, &plan.rows, nullptr), "make column", plan.name);
  const auto properties = dataset_properties(plan);
  auto dataset = make<DatasetId>(H5Dcreate2(group, plan.name.c_str(), plan.type, space.get(),
                                            H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                                 "make column", plan.name);
  if (plan.rows != 0)
    check(H5Dwrite(dataset.get(), plan.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "write column",
          plan.name);
  return dataset;
}

}  // namespace

struct FileWriter::State {
  FileId file;
  GroupId group;        ///< of the current table
  DatasetId row_scale;  ///< of the current table
  bool has_heaps = false;
};

FileWriter::FileWriter(Layout layout) : layout_{layout}, state_{std::make_unique<State>()} {
  silence_hdf5();
  const auto access = make<PropertyId>(H5Pcreate(H5P_FILE_ACCESS), "make", "file access");
  check(H5Pset_fapl_core(access.get(), memory_increment, false), "set", "memory driver");
  const auto properties = group_properties(H5P_FILE_CREATE);
  check(H5Pset_obj_track_times(properties.get(), false), "set", "time stamps");
  state_->file = make<FileId>(H5Fcreate(image_name, H5F_ACC_TRUNC, properties.get(), access.get()),
                              "create", image_name);
}

FileWriter::FileWriter(Layout layout, const std::filesystem::path& file)
    : layout_{layout}, state_{std::make_unique<State>()} {
  silence_hdf5();
  const auto access = access_without_locks();
  const auto properties = group_properties(H5P_FILE_CREATE);
  check(H5Pset_obj_track_times(properties.get(), false), "set", "time stamps");
  state_->file =
      make<FileId>(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, properties.get(), access.get()), "create",
                   file.string());
}

FileWriter::~FileWriter() = default;

void FileWriter::close() {
  state_->row_scale.reset();
  state_->group.reset();
  check(H5Fflush(state_->file.get(), H5F_SCOPE_GLOBAL), "write", "HDF5 file");
  check(H5Fclose(state_->file.release()), "close", "HDF5 file");
}

std::vector<std::byte> FileWriter::finish() {
  const hid_t file = state_->file.get();
  write_text_attribute(file, schema::attribute::content_digest, digest_.digest().hex());
  state_->row_scale.reset();
  state_->group.reset();
  check(H5Fflush(file, H5F_SCOPE_GLOBAL), "finish", image_name);
  const auto size = check(H5Fget_file_image(file, nullptr, 0), "measure", image_name);
  std::vector<std::byte> image(static_cast<std::size_t>(size));
  check(H5Fget_file_image(file, image.data(), image.size()), "copy", image_name);
  state_->file.reset();
  return image;
}

void FileWriter::do_begin_table(const std::string& name, std::string_view description,
                                std::uint64_t rows) {
  digest_.do_begin_table(name, description, rows);
  state_->row_scale.reset();
  state_->group = make_group(state_->file.get(), name);
  write_text_attribute(state_->group.get(), schema::attribute::description, description);
  write_row_scale(rows);
}

void FileWriter::write_row_scale(std::uint64_t rows) {
  std::vector<std::int64_t> numbers(rows);
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  const std::string name{schema::row};
  state_->row_scale = write_dataset(
      state_->group.get(),
      {.name = name, .type = H5T_NATIVE_INT64, .rows = rows, .layout = layout_, .filterable = true},
      numbers.data());
  check(H5DSset_scale(state_->row_scale.get(), name.c_str()), "make dimension scale", name);
  write_text_attribute(state_->row_scale.get(), schema::attribute::long_name, "row number");
}

void FileWriter::do_column(const std::string& table, const ColumnInfo& info,
                           const ColumnView& values) {
  digest_.do_column(table, info, values);
  const auto type = memory_type(type_of(values));
  NewDataset plan{.name = std::string{info.name},
                  .type = type.get(),
                  .rows = size_of(values),
                  .layout = layout_,
                  .filterable = true};
  DatasetId dataset;
  if (const auto* texts = std::get_if<std::span<const std::string>>(&values)) {
    std::vector<const char*> pointers;
    pointers.reserve(texts->size());
    for (const std::string& text : *texts) pointers.push_back(text.c_str());
    plan.filterable = false;  // the texts lie in HDF5's own heap, which no filter reaches
    dataset = write_dataset(state_->group.get(), plan, static_cast<const void*>(pointers.data()));
  } else {
    const void* data = std::visit(
        [](const auto& items) { return static_cast<const void*>(items.data()); }, values);
    dataset = write_dataset(state_->group.get(), plan, data);
  }
  check(H5DSattach_scale(dataset.get(), state_->row_scale.get(), 0), "attach scale to", info.name);
  describe_column(dataset.get(), info);
}

void FileWriter::add_large_table(std::string_view name, std::string_view description,
                                 std::uint64_t rows, std::span<const LargeColumn> columns,
                                 const FillRows& fill) {
  state_->row_scale.reset();
  state_->group = make_group(state_->file.get(), std::string{name});
  write_text_attribute(state_->group.get(), schema::attribute::description, description);
  const LargeColumn scale{.info = {schema::row, "row number"}, .type = ColumnType::int64};
  ChunkedTable table{state_->group.get(), rows};
  table.add(scale);
  const std::string scale_name{schema::row};
  check(H5DSset_scale(table.dataset(0), scale_name.c_str()), "make dimension scale", scale_name);
  describe_column(table.dataset(0), scale.info);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    table.add(columns[i]);
    check(H5DSattach_scale(table.dataset(i + 1), table.dataset(0), 0), "attach scale to",
          columns[i].info.name);
    describe_column(table.dataset(i + 1), columns[i].info);
  }
  table.write([&fill](std::uint64_t first, std::span<Column> values) {
    auto& numbers = std::get<std::vector<std::int64_t>>(values.front());
    std::iota(numbers.begin(), numbers.end(), static_cast<std::int64_t>(first));
    fill(first, values.subspan(1));
  });
}

void FileWriter::do_attribute(const std::string& table, std::string_view name,
                              const AttributeValue& value) {
  const hid_t object = table.empty() ? state_->file.get() : state_->group.get();
  if (const auto* text = std::get_if<std::string>(&value)) {
    write_text_attribute(object, name, *text);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    write_attribute(object, name, H5T_NATIVE_INT64, number, 0);
  } else {
    write_attribute(object, name, H5T_NATIVE_DOUBLE, &std::get<double>(value), 0);
  }
}

void FileWriter::do_heap(std::string_view name, std::string_view description,
                         std::string_view bytes) {
  digest_.do_heap(name, description, bytes);
  const std::string folder{schema::heaps};
  const GroupId group =
      state_->has_heaps ? make<GroupId>(H5Gopen2(state_->file.get(), folder.c_str(), H5P_DEFAULT),
                                        "open group", folder)
                        : make_group(state_->file.get(), folder);
  state_->has_heaps = true;
  const auto dataset = write_dataset(group.get(),
                                     {.name = std::string{name},
                                      .type = H5T_NATIVE_UINT8,
                                      .rows = bytes.size(),
                                      .layout = layout_,
                                      .filterable = true},
                                     bytes.data());
  write_text_attribute(dataset.get(), schema::attribute::description, description);
}

}  // namespace foundation::storage
