package dev.strongroom.attestation.snp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;

/** A report to be changed and signed. It begins as one of version 5, VMPL 0, of family 19h. */
final class TestReport {
  static final long TCB = 0x4408_0000_0000_0103L;
  static final long TURIN_TCB = 0x4400_0000_0403_0201L;

  private final ByteBuffer bytes =
      ByteBuffer.allocate(SnpReport.SIZE).order(ByteOrder.LITTLE_ENDIAN);

  TestReport() {
    u32(0x00, 5);
    u64(0x08, 0x3_0000);
    u32(0x34, 1);
    tcbs(TCB);
    cpu(0x19, 0x01);
    firmware(0x1e8, 1, 55, 39);
    firmware(0x1ec, 1, 55, 39);
    fill(0x50, 64, 0xda);
    fill(0x90, 48, 0x3e);
    fill(0x140, 32, 0x1d);
    fill(0x160, 32, 0xff);
    chip(chipId());
  }

  static byte[] chipId() {
    byte[] id = new byte[64];
    for (int i = 0; i < id.length; i++) {
      id[i] = (byte) (i + 4);
    }
    return id;
  }

  TestReport tcbs(long tcb) {
    return u64(0x38, tcb).u64(0x180, tcb).u64(0x1e0, tcb).u64(0x1f0, tcb);
  }

  TestReport cpu(int family, int model) {
    bytes.put(0x188, (byte) family).put(0x189, (byte) model).put(0x18a, (byte) 1);
    return this;
  }

  TestReport chip(byte[] id) {
    bytes.put(0x1a0, id);
    return this;
  }

  TestReport firmware(int offset, int major, int minor, int build) {
    bytes.put(offset, (byte) build).put(offset + 1, (byte) minor).put(offset + 2, (byte) major);
    return this;
  }

  TestReport fill(int offset, int size, int value) {
    for (int i = 0; i < size; i++) {
      bytes.put(offset + i, (byte) value);
    }
    return this;
  }

  TestReport u32(int offset, int value) {
    bytes.putInt(offset, value);
    return this;
  }

  TestReport u64(int offset, long value) {
    bytes.putLong(offset, value);
    return this;
  }

  TestReport underVlek() {
    return u32(0x48, 1 << 2);
  }

  byte[] signed(PrivateKey key) {
    try {
      Signature signature = Signature.getInstance("SHA384withECDSAinP1363Format");
      signature.initSign(key);
      signature.update(bytes.array(), 0, 0x2a0);
      byte[] bigEndian = signature.sign();
      byte[] report = bytes.array().clone();
      for (int i = 0; i < 48; i++) {
        report[0x2a0 + i] = bigEndian[47 - i];
        report[0x2a0 + 72 + i] = bigEndian[95 - i];
      }
      return report;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
