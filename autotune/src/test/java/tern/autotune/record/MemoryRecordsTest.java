package tern.autotune.record;

class MemoryRecordsTest extends RecordsContract {

    @Override
    Records create() {
        return Records.inMemory();
    }

    @Override
    Records reopen() {
        return records;
    }
}
