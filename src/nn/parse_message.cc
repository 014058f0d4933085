#include "nn/parse_message.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace privquant {

std::size_t count_field(Bytes message, int field) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream stream(message.data(), static_cast<int>(message.size()));
  std::size_t count = 0;
  while (const std::uint32_t tag = stream.ReadTag()) {
    if (WireFormatLite::GetTagFieldNumber(tag) == field) ++count;
    if (!WireFormatLite::SkipField(&stream, tag)) break;
  }
  return count;
}

}  // namespace privquant
